"""Recorded values beside values found again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tunecard.evidence.finding import Findings

TOLERANCE = 1e-6
LONGEST = 60


def is_equal(recorded: Any, again: Any, tolerance: float = TOLERANCE) -> bool:
    """Whether two JSON values are the same, numbers to within `tolerance`."""
    if isinstance(recorded, bool) or isinstance(again, bool):
        return recorded is again
    if isinstance(recorded, int | float) and isinstance(again, int | float):
        return abs(recorded - again) <= tolerance
    if isinstance(recorded, list | tuple) and isinstance(again, list | tuple):
        return len(recorded) == len(again) and all(
            is_equal(a, b, tolerance) for a, b in zip(recorded, again, strict=True)
        )
    if isinstance(recorded, dict) and isinstance(again, dict):
        return recorded.keys() == again.keys() and all(is_equal(recorded[k], again[k], tolerance) for k in recorded)
    return bool(recorded == again)


def shown(value: Any) -> str:
    """A value for a message, cut where it is long."""
    text = repr(value)
    return text if len(text) <= LONGEST else text[:LONGEST] + "..."


def known(findings: Findings, expected: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the expected values whose findings say something."""
    return {id: value for id, value in expected.items() if findings.value(id) is not None}


def disagreements(findings: Findings, expected: Mapping[str, Any], whence: str) -> Iterator[str]:
    """A sentence for each finding that says something else than `whence` does, or says that it is not known."""
    for id, value in known(findings, expected).items():
        recorded = findings.value(id)
        if not is_equal(recorded, value):
            yield f"{id} is {shown(recorded)}, {whence} says {shown(value)}"
    yield from (f"{id} is not measured, {whence} says {shown(expected[id])}" for id in gaps(findings, expected))


def gaps(findings: Findings, expected: Mapping[str, Any]) -> list[str]:
    """Those of the expected ids that are recorded as not known."""
    found = {id: findings.get(id) for id in expected}
    return [id for id, finding in found.items() if finding is not None and finding.status == "not measured"]
