"""What the card says of mistakes: how many are sure, and the surest or largest of them, row by row."""

from __future__ import annotations

from typing import Any

from tunecard.card import facts
from tunecard.card.markdown import code, escape, table
from tunecard.card.numbers import count, percent, plain_number, score
from tunecard.card.record_links import cite
from tunecard.card.thresholds import SURE_WHEN_WRONG
from tunecard.evidence import Findings

TEXTS = "examination.mistaken_texts"
LONGEST = 240
Record = dict[str, Any]


def mistakes_told(findings: Findings) -> str:
    """A sentence and a table of rows; "" where nothing tells which mistakes are graver."""
    kinds = {"surest_mistakes": "Surest mistakes", "largest_errors": "Largest errors"}
    for key, title in kinds.items():
        id = _id(findings, key)
        records = facts.records_of(findings, id)
        if records:
            return f"{_lead(findings, title, id, len(records))}\n\n{_table(findings, id, records)}"
    return ""


def limits(findings: Findings) -> list[str]:
    """That many of its mistakes are sure, where they surely are."""
    finding = findings.get(_id(findings, "sure_mistakes"))
    if finding is None or finding.interval is None or finding.interval[0] < SURE_WHEN_WRONG:
        return []
    return [f"**Sure when wrong:** {_share(findings)}: a high probability does not mean that an answer needs no look."]


def _lead(findings: Findings, title: str, id: str, shown: int) -> str:
    number = count(facts.amount(findings[id].n))
    if id.endswith("largest_errors"):
        return f"**{title}**, the {cite(findings, id, f'{shown} furthest off of {number}')} rows:"
    of = (
        cite(findings, id, f"{shown} of {number}")
        if facts.amount(findings[id].n) > shown
        else f"all {cite(findings, id, number)}"
    )
    share = _share(findings)
    return f"**{title}**, {of} wrong answers{f'; {share}' if share else ''}:"


def _share(findings: Findings) -> str:
    """The share of mistakes that are sure, with its interval."""
    id = _id(findings, "sure_mistakes")
    value = facts.value_of(findings, id)
    if value is None:
        return ""
    ends = findings[id].interval
    within = f" ({percent(ends[0])} to {percent(ends[1])})" if ends else ""
    of = cite(findings, id, f"{percent(value)}{within} of its {count(facts.amount(findings[id].n))}")
    return f"{of} mistakes are stated with a probability above nine tenths"


def _table(findings: Findings, id: str, records: list[Record]) -> str:
    columns = list(dict.fromkeys(key for record in records for key in record))
    texts = {str(one.get("row")): str(one.get("text")) for one in facts.records_of(findings, TEXTS)}
    rows = [
        [_cell(findings, id, column, record.get(column)) for column in columns]
        + ([escape(texts.get(str(record.get("row")), ""), LONGEST)] if texts else [])
        for record in records
    ]
    header = [*columns, *([cite(findings, TEXTS, "text")] if texts else [])]
    return table(header, rows)


def _cell(findings: Findings, id: str, column: str, value: Any) -> str:
    if column == "row":
        return cite(findings, id, str(value) if isinstance(value, int) else "not recorded")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return cite(findings, id, score(value) if column == "probability" else plain_number(float(value)))
    return code(value, 80)


def _id(findings: Findings, key: str) -> str:
    return f"results.{facts.scored_split(findings)}.{key}"
