"""Limits and advice follow from what rows written otherwise cost, and from suites of tests, by the thresholds alone."""

from __future__ import annotations

from typing import Any

from example_findings import text_run

from tunecard.card.sections.limitations import answers, untested
from tunecard.card.thresholds import LEAST_DROP
from tunecard.evidence import Findings, measured


def drop(change: str, size: float, *, is_distinguishable: bool = True) -> dict[str, Any]:
    return {
        "change": change, "strength": 0.3, "rows": 200, "flips": 40, "flip_rate": 0.2, "score_before": 0.9,
        "score_after": 0.9 - size, "drop": size, "p": 0.01, "distinguishable": is_distinguishable,
    }  # fmt: skip


def told(*records: dict[str, Any], id: str = "examination.robustness") -> tuple[str, str, Findings]:
    findings = Findings([*text_run(), measured(id, list(records), n=200)])
    found = answers(findings)
    return found["bias_risks_limitations"].text, found["bias_recommendations"].text, findings


def test_a_large_and_certain_drop_is_a_limit_with_its_record_and_advice() -> None:
    limits, advice, findings = told(drop("typing errors", 0.2), drop("typing errors", 0.1), drop("capitals", 0.06))
    at = findings.position("examination.robustness")
    assert f"typing errors ([0.900][{at}] to [0.700][{at}], n = [200][{at}]) and capitals" in limits
    assert limits.count("typing errors") == 1 and "typing errors" not in untested(findings)
    assert "Mend typing errors before predicting" in advice and "capitals alone cost it" in advice


def test_names_it_learned_from_that_do_better_are_a_limit() -> None:
    limits, advice, findings = told(drop("other names", -0.3), drop("capitals", -0.3))
    at = findings.position("examination.robustness")
    assert f"rows gain accuracy ([0.900][{at}] to [1.200][{at}], n = [200][{at}]): expect less of names" in limits
    assert limits.count("expect less") == 1 and "names" not in advice
    assert "expect less" not in told(drop("other names", -0.3, is_distinguishable=False))[0]
    assert "expect less" not in told(drop("other names", -LEAST_DROP + 0.001))[0]


def test_a_small_or_an_uncertain_drop_is_none() -> None:
    limits, advice, _ = told(drop("capitals", LEAST_DROP - 0.001), drop("spaces", 0.3, is_distinguishable=False))
    assert "**Written otherwise:** none of [2][" in limits and "capitals" not in limits + advice


def test_a_change_of_somebody_else_has_advice_too() -> None:
    assert "Check answers by hand where rows are like this: emoji." in told(drop("emoji", 0.2))[1]


def test_capabilities_that_surely_fail_often_are_named() -> None:
    fails = {
        "suite": "s",
        "capability": "Negation",
        "cases": 500,
        "failure_rate": 0.62,
        "failure_interval": [0.57, 0.66],
    }
    passes = {**fails, "capability": "Vocabulary", "failure_rate": 0.3, "failure_interval": [0.1, 0.6]}
    limits, _, findings = told(fails, passes, id="examination.suites")
    at = findings.position("examination.suites")
    often = f"**Behavioural tests** often fail; of [2][{at}] capabilities `Negation` [62 %][{at}] of [500][{at}]"
    assert f"{often} cases." in limits
    assert "none of [1][" in told(passes, id="examination.suites")[0]


def test_without_either_nothing_is_said() -> None:
    limits = answers(text_run())["bias_risks_limitations"].text
    assert "Written otherwise" not in limits and "Behavioural" not in limits and "typing errors" in limits
