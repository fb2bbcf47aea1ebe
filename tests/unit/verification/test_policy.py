"""Rules of one's own: each becomes a check; what is no rule is an error with the nearest name."""

import pytest

from tunecard.errors import RecipeError
from tunecard.verification import read_policy, verify
from tunecard.verification.policy import Policy


def outcomes(run, **rules):
    report = verify(run.folder.path, policy=Policy(**rules))
    return {check.name: (check.ok, check.detail) for check in report.checks if check.tier == "policy"}


def test_every_rule_is_a_check(text_run):
    found = outcomes(
        text_run, min={"results.test.accuracy": 0.5}, max={"results.test.ece": 0.9}, require_declared=["license"],
        require_checks=["scores"], max_gaps=44,
    )  # fmt: skip
    assert {name: ok for name, (ok, _) in found.items()} == {
        "policy: check scores": True, "policy: declared license": True, "policy: min results.test.accuracy": True,
        "policy: max results.test.ece": True, "policy: max_gaps": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"min": {"results.test.accuracy": 0.999}}, "and must be at least 0.999"),
        ({"max": {"results.test.accuracy": 0.1}}, "and must be at most 0.1"),
        ({"min": {"results.test.f1": 0.1}}, "the evidence holds no number there"),
        ({"require_declared": ["contact"]}, "card.contact is not declared"),
        ({"require_checks": ["deep"]}, "inference re-run was not made"),
        ({"require_checks": ["nonsense"]}, "there is no check 'nonsense'"),
        ({"require_signature": True}, "signature was not made"),
        ({"max_gaps": 0}, "at most 0 are allowed"),
    ],
)
def test_a_rule_that_is_not_kept_fails_with_its_figures(text_run, rules, said):
    assert not verify(text_run.folder.path, policy=Policy(**rules)).ok
    ((ok, detail),) = outcomes(text_run, **rules).values()
    assert ok is False and said in detail


def test_a_file_of_rules_is_read_strictly(tmp_path):
    path = tmp_path / "rules.yaml"
    path.write_text("min: {results.test.f1: 0.6}\nrequire_checks: [deep]\n")
    assert read_policy(path) == Policy(min={"results.test.f1": 0.6}, require_checks=["deep"])
    path.write_text("")
    assert read_policy(path) == Policy()
    path.write_text("require_sign: true\nmax_gaps: -1\n")
    with pytest.raises(RecipeError) as caught:
        read_policy(path)
    assert str(caught.value) == (
        "2 problems in rules.yaml\n"
        "  max_gaps must be the largest number of explained gaps in the card, a whole number. Got -1.\n"
        "  require_sign is not a key. Did you mean 'require_signature'?"
    )
    with pytest.raises(RecipeError, match="no such file of rules"):
        read_policy(tmp_path / "rule.yaml")
