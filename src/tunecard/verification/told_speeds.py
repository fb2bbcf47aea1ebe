"""Times of calls do not contradict themselves: nobody can time again what was timed, but the figures hang together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tunecard.evidence import Findings

SPEED = "prediction.speed"
SINGLE, BATCHED = "prediction.latency_ms", "prediction.rows_per_second"
RELATIVE = 1e-6


def speed_problems(findings: Findings) -> Iterator[str]:
    """What does not follow, a sentence each."""
    value = findings.value(SPEED)
    records = [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
    for record in records:
        for told in _problems(record):
            yield f"{SPEED}: {told} of {record.get('rows')} rows a call contradicts what stands beside it"
    if not records:
        return
    for id, expected in ((SINGLE, records[0].get("median_ms")), (BATCHED, records[-1].get("rows_per_second"))):
        if id in findings and not _is_near(findings.value(id), expected):
            yield f"{id} is not what {SPEED} tells"


def _problems(record: Mapping[str, Any]) -> Iterator[str]:
    median, rate = record["median_ms"], record["rows_per_second"]
    if record["percentile_95_ms"] < median * (1 - RELATIVE):
        yield "percentile_95_ms"
    if not _is_near(rate, 1e3 * record["rows"] / median):
        yield "rows_per_second"
    if not _is_near(record["tokens_per_second"], record["tokens_a_row"] * rate):
        yield "tokens_per_second"
    for key, value in (("median_interval", median), ("rows_per_second_interval", rate)):
        ends = record[key]
        if ends is not None and not ends[0] * (1 - RELATIVE) <= value <= ends[1] * (1 + RELATIVE):
            yield key


def _is_near(told: object, expected: object) -> bool:
    both = isinstance(told, int | float) and isinstance(expected, int | float)
    return both and abs(told - expected) <= RELATIVE * abs(expected)  # type: ignore[operator,arg-type]
