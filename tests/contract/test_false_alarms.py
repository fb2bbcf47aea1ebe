"""Where nothing is planted nothing is found, all that a card tells taken together; where something is, it is.

The judge of `benchmarks/simulated_judge.py` answers by draws, so that what is true of it is known. `benchmarks/false_alarms.py` draws a
thousand sets; here a few are drawn by their numbers, the same each time.
"""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import binom

from tunecard.card import facts
from tunecard.card.probe_limits import advice, limits
from tunecard.card.reader_checks import checks_of
from tunecard.card.sections.summary import answers as summary
from tunecard.card.simple_things import verdicts
from tunecard.evaluation import evaluate
from tunecard.evaluation.together import FAMILIES, adjusted_in, holm
from tunecard.evidence import Findings
from tunecard.examination import examine, told
from tunecard.examination.group_swaps import GroupSwaps
from tunecard.examination.shift import Shift

ROOT = Path(__file__).parents[2]
SETS, ROWS, BUDGET = 20, 100, 600
STATED = 0.05


@pytest.fixture(autouse=True)
def _scripts_import_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))


def test_nothing_is_found_where_nothing_is_planted() -> None:
    script = import_module("false_alarms")
    raised = {number: found for number in range(SETS) if (found := script.alarms_of_set(number, ROWS, BUDGET))}
    most = int(binom.ppf(0.999, SETS, STATED))  # more of them were one in a thousand
    assert len(raised) <= most, raised


def judged(folder: Path, rows: int = 400, peers: tuple[str, ...] = (), **planted: Any) -> tuple[Findings, Any]:
    """What is computed of a judge with something planted, and the subject that probes ask."""
    script, judges = import_module("false_alarms"), import_module("simulated_judge")
    subject = judges.stored(judges.Judge(7, **planted), folder, rows, peers)
    return Findings([*script.task_records(), *evaluate(subject.folder, judges.task, ["validation", "test"])]), subject


def test_an_overconfident_head_fails_the_check_of_confidence(tmp_path: Path) -> None:
    checks = {
        name: {c.name: c.ok for c in checks_of(judged(tmp_path / name, surplus=by)[0])} for name, by in BY.items()
    }
    named = "confidence not clearly off by more than 0.05"
    assert checks["calibrated"][named] is True and checks["overconfident"][named] is False


BY = {"calibrated": 0.0, "overconfident": 0.2}


def test_a_slighted_group_is_found_by_swaps_and_its_interval_excludes_none(tmp_path: Path) -> None:
    findings, subject = judged(tmp_path, rows=800, slighted="muslim")
    found = Findings([*findings, *told(examine(subject, [GroupSwaps()], 8000))])
    families = {one["family"]: one for one in found.value("examination.group_swaps")}
    religion = families["religion"]
    assert "Muslim" in (religion["first"], religion["second"]) and religion["distinguishable"]
    low, high = religion["gap_interval"]
    assert low > 0 or high < 0
    assert not any(one["distinguishable"] for name, one in families.items() if name != "religion")
    assert any("Groups of people" in limit and "religion" in limit for limit in limits(found))


def test_an_adapter_like_its_base_is_told_to_be_not_distinguishable_from_it(tmp_path: Path) -> None:
    findings, _ = judged(tmp_path, peers=("probe",))
    assert [one.outcome for one in verdicts(findings)] == ["even"]
    assert "not distinguishable from" in summary(findings)["results_summary"].text
    (check,) = [one for one in checks_of(findings) if one.name == "better than every baseline"]
    assert check.ok is False


def test_scored_rows_of_another_source_are_noticed(tmp_path: Path) -> None:
    for name, elsewhere in (("here", False), ("elsewhere", True)):
        findings, subject = judged(tmp_path / name, rows=200, elsewhere=elsewhere)
        found = Findings([*findings, *told(examine(subject, [Shift()], 0))])
        (record,) = facts.records_of(found, "examination.shift")
        assert record["distinguishable"] is elsewhere
        assert any("Another source" in limit for limit in limits(found)) is elsewhere
        assert any("like the scored ones" in one for one in advice(found)) is elsewhere


def test_every_family_of_tests_is_adjusted_in_the_one_place() -> None:
    """A p value that is adjusted elsewhere, or a family that nobody tests, would make the stated rate another."""
    calls = [
        node
        for path in (ROOT / "src" / "tunecard").rglob("*.py")
        if any(f"{name}(" in (text := path.read_text()) for name in ("adjusted_in", "holm", "second_minus_first"))
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    first = {
        node.args[0].value
        for node in calls
        if (_is_of(node, "adjusted_in") or _is_of(node, "second_minus_first"))
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }
    at_share = {"calibration", "give-aways"}
    assert first | at_share == set(FAMILIES)
    # There, of differences from other predictors, of runs that a reader compares, of attributions and of merging.
    assert sum(_is_of(node, "holm") for node in calls) == 5


def _is_of(node: ast.Call, name: str) -> bool:
    return isinstance(node.func, ast.Name) and node.func.id == name


def test_families_share_the_level() -> None:
    chances = [0.001, 0.02, 0.5]
    assert adjusted_in("robustness", chances) == [min(1.0, len(FAMILIES) * p) for p in holm(chances)]
    with pytest.raises(ValueError, match="a family of tests must be one of"):
        adjusted_in("of nobody", chances)
