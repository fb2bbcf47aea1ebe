"""What running the adapter takes: memory, the time to load, and the time of a call by its rows."""

from __future__ import annotations

from typing import Any

from tunecard.card import facts
from tunecard.card.markdown import table
from tunecard.card.numbers import count, duration, significant, size, span
from tunecard.card.record_links import cite
from tunecard.evidence import Findings

SPEED, PEAKS, LEAST, LOAD = (
    "prediction.speed",
    "prediction.peaks",
    "prediction.least_memory_bytes",
    "prediction.load_seconds",
)
RATES = ("rows_per_second", "tokens_per_second")
ASK = "`tunecard examine DIR --probes speed,memory` measures it"


def memory_lines(findings: Findings) -> list[str]:
    """The least memory, and the peaks; nothing where neither was measured."""
    found, least = [], findings.get(LEAST)
    if least is not None and least.interval is not None and least.value is not None:
        failed, ran = (cite(findings, LEAST, size(end)) for end in least.interval)
        found.append(
            f"Least memory: it ran under a cap of {ran} and failed under {failed}, code of libraries not counted"
        )
    peaks = [one for one in facts.records_of(findings, PEAKS) if "peak_bytes" in one]
    if peaks:
        told = [f"{cite(findings, PEAKS, size(one['peak_bytes']))} with {_rows(findings, one)}" for one in peaks]
        found.append(f"Resident memory at its highest, with base and libraries: {', '.join(told)} a call")
    return found


def loading_line(findings: Findings) -> list[str]:
    """How long base and adapter take to load."""
    seconds = facts.quoted(findings, LOAD, duration)
    return [] if seconds is None else [f"Loading base and adapter: {seconds}, libraries already imported"]


def speed_table(findings: Findings) -> str:
    """A row for each number of rows a call; "" where none was timed."""
    records = facts.records_of(findings, SPEED)
    header = [
        "rows a call",
        "median, ms (95 % interval)",
        "95 % of calls within, ms",
        "rows a second",
        "tokens a second",
        "calls",
    ]
    return table(header, [_cells(findings, one) for one in records]) if records else ""


def _cells(findings: Findings, one: dict[str, Any]) -> list[str]:
    told = [_shown(one.get("median_ms"), one.get("median_interval")), _shown(one.get("percentile_95_ms"))]
    told += [_shown(one.get("rows_per_second"), one.get("rows_per_second_interval"))]
    told += [_shown(one.get("tokens_per_second")), count(facts.amount(one.get("calls")))]
    return [cite(findings, SPEED, cell) for cell in (count(facts.amount(one.get("rows"))), *told)]


def _shown(value: Any, interval: Any = None) -> str:
    said = significant(facts.amount(value), 3)
    return f"{said} ({span((interval[0], interval[1]))})" if isinstance(interval, list) else said


def _rows(findings: Findings, one: dict[str, Any]) -> str:
    rows = facts.amount(one.get("rows"))
    return f"{cite(findings, PEAKS, count(rows))} row{'' if rows == 1 else 's'}"


def rates_line(findings: Findings) -> list[str]:
    """Rows and tokens a second in the largest calls, beside the speeds of training."""
    records = facts.records_of(findings, SPEED)
    if not records:
        return []
    last = records[-1]
    rows, tokens = (cite(findings, SPEED, significant(facts.amount(last.get(key)))) for key in RATES)
    of = cite(findings, SPEED, count(facts.amount(last.get("rows"))))
    return [f"{tokens} tokens or {rows} rows a second in predicting, {of} rows a call."]
