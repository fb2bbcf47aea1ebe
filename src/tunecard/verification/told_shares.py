"""Shares, drops and verdicts in the records of probes follow from the counts and scores that stand beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tunecard.evidence import Findings
from tunecard.metrics.intervals import LEVEL, wilson_interval

CHANGED = "examination.robustness"
TESTED = ("examination.suites", "examination.suite_tests", "examination.suite_groups")
NEAR = 1e-9


def share_problems(findings: Findings) -> Iterator[str]:
    """What does not follow, a sentence each, with the change or the test it is about."""
    for record in _records(findings, CHANGED):
        for told in _change_problems(record):
            yield f"{CHANGED}: {told} of {record.get('change')!r} does not follow from what stands beside it"
    for id in TESTED:
        for record in _records(findings, id):
            for told in _test_problems(record):
                about = record.get("capability") or record.get("test") or record.get("people")
                yield f"{id}: {told} of {about!r} does not follow from cases and failures"
    totals = {sum(int(one["cases"]) for one in _records(findings, id)) for id in TESTED if id in findings}
    if len(totals - {0}) > 1:
        yield f"{' and '.join(TESTED)} are of different numbers of cases"


def _records(findings: Findings, id: str) -> list[Mapping[str, Any]]:
    value = findings.value(id)
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _change_problems(record: Mapping[str, Any]) -> Iterator[str]:
    if "flips" in record and not _is_near(record.get("flip_rate"), record["flips"] / record["rows"]):
        yield "flip_rate"
    if "drop" in record:
        size = record["score_before"] - record["score_after"]
        if not (_is_near(record["drop"], size) or _is_near(record["drop"], -size)):
            yield "drop"
        if record.get("distinguishable") is not (record.get("p") is not None and record["p"] <= 1 - LEVEL):
            yield "distinguishable"


def _test_problems(record: Mapping[str, Any]) -> Iterator[str]:
    if not _is_near(record.get("failure_rate"), record["failures"] / record["cases"]):
        yield "failure_rate"
    expected, told = wilson_interval(record["failures"], record["cases"]), record.get("failure_interval") or []
    if expected is None or len(told) != len(expected) or not all(map(_is_near, told, expected)):
        yield "failure_interval"


def _is_near(told: object, expected: float) -> bool:
    return isinstance(told, int | float) and abs(told - expected) <= NEAR
