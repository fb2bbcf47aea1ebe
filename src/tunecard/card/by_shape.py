"""Any record in words, by the shape of its value: one value, a table, pairs or a curve."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tunecard.card.answer import gap
from tunecard.card.markdown import code, escape, table
from tunecard.card.numbers import count, plain_number
from tunecard.card.record_links import cite
from tunecard.evidence import Finding, Findings

SHOWN = 8
ENDS = 2
Point = tuple[float, float]


def blocks_of(
    findings: Findings, several: Sequence[Finding], block: Callable[[Findings, Finding], str]
) -> list[str]:  # fmt: skip
    """A block for each record; those that are not measured for one reason share a block, where the first of them is.

    Args:
        block: of one record, such as `block_of`.
    """
    gaps: dict[str, list[Finding]] = {}
    for one in several:
        if one.status == "not measured":
            gaps.setdefault(gap(one), []).append(one)
    shown = [one for one in several if one.status != "not measured" or gaps[gap(one)][0] is one]
    alike = {alike[0].id: alike for alike in gaps.values()}
    return [_gaps(alike[one.id]) if one.id in alike else block(findings, one) for one in shown]


def _gaps(alike: Sequence[Finding]) -> str:
    return f"**{'; '.join(escape(one.name) for one in alike)}**: {gap(alike[0])}"


def block_of(findings: Findings, finding: Finding) -> str:
    """The record's name and its value, every figure of it a link; or why there is none."""
    name, value = f"**{escape(finding.name)}**", finding.value
    if finding.status == "not measured":
        return f"{name}: {gap(finding)}"
    if points := points_of(value):
        return f"{name}: {_curve(findings, finding.id, points)}"
    if isinstance(value, list) and value and all(isinstance(record, Mapping) for record in value):
        return f"{name}{_which(findings, finding.id, value)}:\n\n{_table(findings, finding.id, value)}"
    if isinstance(value, Mapping):
        pairs = list(value.items())
        rows = [[code(key, 80), _cell(one)] for key, one in pairs[:SHOWN]]
        heading = cite(findings, finding.id, escape(finding.unit or "value", 40))
        return f"{name}{_which(findings, finding.id, pairs)}:\n\n{table(['of', heading], rows)}"
    return f"{name}: {_value(findings, finding)}"


def points_of(value: Any) -> list[Point]:
    """The points of a curve; none when the value is no list of [x, y]."""
    if not isinstance(value, list) or not all(isinstance(one, list) and len(one) == 2 for one in value):
        return []
    is_numeric = all(_is_number(end) for one in value for end in one)
    return [(float(x), float(y)) for x, y in value] if is_numeric else []


def _which(findings: Findings, id: str, every: list[Any]) -> str:
    return f" (the first of {cite(findings, id, count(len(every)))})" if len(every) > SHOWN else ""


def _table(findings: Findings, id: str, records: list[Any]) -> str:
    columns = list(dict.fromkeys(key for record in records[:SHOWN] for key in record))
    rows = [[_table_cell(record.get(column)) for column in columns] for record in records[:SHOWN]]
    return table([cite(findings, id, escape(column.replace("_", " "), 40)) for column in columns], rows)


def _curve(findings: Findings, id: str, points: list[Point]) -> str:
    def at(point: Point) -> str:
        x, y = (cite(findings, id, plain_number(end)) for end in point)
        return f"{y} at {x}"

    low, high = (choose(points, key=lambda point: point[1]) for choose in (min, max))
    return f"{at(points[0])}, {at(points[-1])}; least {at(low)}, greatest {at(high)}."


def _value(findings: Findings, finding: Finding) -> str:
    if finding.value is None and finding.interval is not None:
        shown = " to ".join(cite(findings, finding.id, plain_number(end)) for end in finding.interval)
    else:
        shown = _linked(findings, finding) + _range(findings, finding)
    return f"{shown} {escape(finding.unit)}." if finding.unit else f"{shown}."


def _range(findings: Findings, finding: Finding) -> str:
    """Its interval behind a value, and what it counts."""
    if finding.interval is None:
        return ""
    ends = " to ".join(plain_number(end) for end in finding.interval)
    counted = f", n = {count(finding.n)}" if finding.n is not None else ""
    return " " + cite(findings, finding.id, f"({ends}{counted})")


def _linked(findings: Findings, finding: Finding) -> str:
    shown = _cell(finding.value)
    is_code = isinstance(finding.value, str) or finding.value is None
    return shown if is_code else cite(findings, finding.id, shown)


def _table_cell(value: Any) -> str:
    return "-" if value is None else _cell(value)


def _cell(value: Any) -> str:
    if value is None:
        return "not recorded"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and len(value) == ENDS and all(map(_is_number, value)):
        return " to ".join(plain_number(float(end)) for end in value)  # an interval
    return plain_number(float(value)) if _is_number(value) else code(value, 80)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
