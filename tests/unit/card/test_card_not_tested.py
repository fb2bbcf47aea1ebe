"""Probes that did not run are told apart: not asked, too few passes, nothing to ask, not applicable; with what runs them."""

from __future__ import annotations

from typing import Any

import pytest
from example_findings import text_run, token_run

from tunecard.card import not_tested
from tunecard.card.by_shape import block_of, blocks_of
from tunecard.card.not_tested import commands, probes_left_out, told
from tunecard.card.sections.limitations import answers
from tunecard.evidence import Finding, Findings, measured, not_measured
from tunecard.evidence.catalogue import records_by_probe
from tunecard.evidence.records.examination import NO_SUITE
from tunecard.examination.registry import BUILT_IN
from tunecard.examination.suite_tests import SuiteTests

Spent = tuple[str, int, int, int]
EVERY = list(records_by_probe())


def run(*spent: Spent, left: tuple[Finding, ...] = ()) -> Findings:
    """A run whose probes spent (probe, passes, allowed, full) and left these records."""
    told: list[Any] = [dict(zip(("probe", "passes", "allowed", "full"), one, strict=True)) for one in spent]
    return Findings(
        [*_unasked(text_run()), measured("examination.passes", told, n=sum(one[2] for one in spent)), *left]
    )


def _unasked(findings: Findings) -> list[Finding]:
    """Without whatever a probe left."""
    of_probes = {record.pattern for records in records_by_probe().values() for record in records}
    return [one for one in findings if not one.id.startswith("examination.") and one.id not in of_probes]


def gaps(probe: str, reason: str) -> tuple[Finding, ...]:
    return tuple(not_measured(record.pattern, reason=reason) for record in records_by_probe()[probe])


def test_the_catalogue_names_every_probe_that_comes_with_it() -> None:
    assert sorted(EVERY) == sorted(probe.name for probe in BUILT_IN)


def test_what_was_not_asked_names_the_command() -> None:
    left = measured("examination.membership", 0.5, n=9)
    findings = run(("membership", 9, 9, 9), left=(left,))
    rest = [name for name in EVERY if name != "membership"]
    assert commands(findings) == [("not asked", rest, f"tunecard examine DIR --probes {','.join(rest)}")]
    assert "(not in `evaluation.probes`): `tunecard examine DIR --probes " in told(findings)[0]


def test_too_small_a_budget_names_one_that_is_enough() -> None:
    spent: list[Spent] = [(name, 0, 5, 5) for name in EVERY]
    spent[EVERY.index("membership")] = ("membership", 0, 3, 400)
    spent[EVERY.index("out-of-scope")] = ("out-of-scope", 0, 3, 900)
    short = gaps("membership", "3 forward passes are too few") + gaps("out-of-scope", "3 forward passes are too few")
    others = tuple(
        one for name in EVERY if name not in ("membership", "out-of-scope") for one in gaps(name, "no such rows")
    )
    findings = run(*spent, left=short + others)
    ((why, names, line),) = commands(findings)
    assert why == "too few passes" and sorted(names) == ["membership", "out-of-scope"]
    assert line == f"tunecard examine DIR --probes {','.join(names)} --budget 1300"


def test_what_does_not_apply_is_no_command() -> None:
    findings = run(
        *[(name, 0, 0, 0) for name in EVERY], left=tuple(one for name in EVERY for one in gaps(name, "no rows"))
    )
    assert commands(findings) == []
    assert {gap.why for gap in probes_left_out(findings)} == {"does not apply"}
    (line,) = told(findings)
    assert line.startswith("**Asked, and not applicable here:** ") and "tunecard" not in line


def test_a_suite_that_nobody_named_is_asked_for_by_its_file() -> None:
    findings = run(("suites", 0, 0, 0), left=gaps("suites", NO_SUITE))
    assert ("no suite named", ["suites"], "tunecard examine DIR --probes suites --suite FILE") in commands(findings)


def test_the_probe_of_suites_says_so_in_the_same_words() -> None:
    class Nothing:
        suites = ()

    assert {one.reason for one in SuiteTests().run(Nothing(), 10)} == {NO_SUITE}  # type: ignore[arg-type]


def test_one_record_that_has_a_value_is_an_answer() -> None:
    first, second = records_by_probe()["group-swaps"]
    left = (measured(first.pattern, [], n=0), not_measured(second.pattern, reason="the rows have no labels"))
    findings = run(("group-swaps", 9, 9, 90), left=left)
    assert "group-swaps" not in {gap.probe for gap in probes_left_out(findings)}


@pytest.mark.parametrize("make", [text_run, token_run])
def test_evidence_without_any_spending_lists_them_all(make: Any) -> None:
    bare = Findings(_unasked(make()))
    (said,) = told(bare)
    assert all(f"`{name}`" in said for name in EVERY)
    assert said in answers(bare)["bias_risks_limitations"].text


def test_gaps_of_one_reason_share_a_block_and_others_do_not() -> None:
    one, two = gaps("suites", NO_SUITE)
    other = gaps("membership", "the train split is not at hand")[0]
    blocks = blocks_of(run(left=(one, other, two)), [one, other, two], block_of)
    assert len(blocks) == 2
    assert blocks[0].startswith(f"**{one.name}; {two.name}**: Not measured: the recipe names no suite")
    assert blocks[1].startswith(f"**{other.name}**: ")


def test_a_card_of_many_probes_names_each() -> None:
    assert len(EVERY) < not_tested.SHOWN
