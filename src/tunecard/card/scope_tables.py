"""How well rows are told from text out of scope: a row a kind of text, a column a number that may tell it."""

from __future__ import annotations

from typing import Any

from tunecard.card.abstaining import interval_of
from tunecard.card.by_shape import block_of
from tunecard.card.facts import records_of
from tunecard.card.markdown import code, escape, table
from tunecard.card.numbers import count, percent, score, score_range
from tunecard.card.record_links import cite
from tunecard.evidence import Finding, Findings

TOLD_BY = {"probability": "highest probability", "energy": "energy", "distance": "distance to rows of train"}
KINDS = {"examination.out_of_scope": "text", "examination.other_data": "data"}
READ = (
    "Area under the ROC curve by which each number tells them from the rows as they are (95 % interval), and the share "
    "of them that passes a threshold which nearly all rows pass."
)


def scope_block(findings: Findings, finding: Finding) -> str:
    """The record's name and its table; as any other record where it is none of these, or was not measured."""
    records, kind = records_of(findings, finding.id), KINDS.get(finding.id, "")
    told_by = [name for name in TOLD_BY if any(f"{name}_auroc" in one for one in records)]
    if not told_by:
        return block_of(findings, finding)
    rows = [[_named(one, kind), *(_cell(one, name) for name in told_by)] for one in records]
    headings = [kind, *(cite(findings, finding.id, TOLD_BY[name]) for name in told_by)]
    return f"**{escape(finding.name)}**: {READ}\n\n{table(headings, rows)}"


def _named(one: dict[str, Any], kind: str) -> str:
    rows = one.get("rows")
    return code(one.get(kind), 80) + (f" ({count(rows)} rows)" if isinstance(rows, int) else "")


def _cell(one: dict[str, Any], name: str) -> str:
    area, passing, ends = (
        one.get(f"{name}_auroc"),
        one.get(f"{name}_false_positives"),
        interval_of(one, f"{name}_interval"),
    )
    if not isinstance(area, int | float) or not isinstance(passing, int | float):
        return "not recorded"
    return f"{score(area)}{f' ({score_range(ends)})' if ends else ''}; {percent(passing)} pass"
