"""Forged shares, drops and verdicts of changed rows and of suites are found from what stands beside them."""

from __future__ import annotations

from typing import Any

import pytest

from tunecard.evidence import Findings, measured
from tunecard.metrics.intervals import wilson_interval
from tunecard.verification.told_shares import share_problems

CHANGE: dict[str, Any] = {
    "change": "typing errors", "strength": 0.3, "rows": 200, "flips": 40, "flip_rate": 0.2, "flip_interval": [0.15, 0.26],
    "score_before": 0.9, "score_after": 0.7, "drop": 0.9 - 0.7, "drop_interval": [0.1, 0.3], "p": 0.01,
    "distinguishable": True,
}  # fmt: skip
TEST: dict[str, Any] = {
    "suite": "s", "test": "t", "cases": 10, "failures": 3, "failure_rate": 0.3,
    "failure_interval": list(wilson_interval(3, 10) or ()),
}  # fmt: skip


def problems(change: dict[str, Any], test: dict[str, Any]) -> list[str]:
    told = [
        measured("examination.robustness", [change]),
        measured("examination.suites", [{**TEST, "capability": "c"}]),
        measured("examination.suite_tests", [test]),
    ]
    return list(share_problems(Findings(told)))


def test_what_was_measured_follows() -> None:
    assert problems(CHANGE, TEST) == []
    assert problems({"change": "x", "strength": 1.0, "rows": 3}, TEST) == []  # of numbers without labels


@pytest.mark.parametrize(
    "forged", [{"flip_rate": 0.1}, {"drop": 0.02}, {"distinguishable": False}, {"p": 0.2}, {"flips": 4}]
)
def test_a_forged_change_is_found(forged: dict[str, Any]) -> None:
    (told,) = problems({**CHANGE, **forged}, TEST)
    assert told.startswith("examination.robustness: ") and "'typing errors'" in told


@pytest.mark.parametrize("forged", [{"failure_rate": 0.1}, {"failure_interval": [0.0, 0.1]}, {"failure_interval": []}])
def test_a_forged_test_is_found(forged: dict[str, Any]) -> None:
    (told,) = problems(CHANGE, {**TEST, **forged})
    assert told.startswith("examination.suite_tests: failure") and "'t'" in told


def test_cases_left_out_of_one_table_are_found() -> None:
    fewer = {**TEST, "cases": 20, "failures": 6, "failure_interval": list(wilson_interval(6, 20) or ())}
    (told,) = problems(CHANGE, fewer)
    assert "different numbers of cases" in told
