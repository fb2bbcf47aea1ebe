"""What columns about people say of limits: a table of groups, a sentence on those that fare worse, and an advice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tunecard.card import facts
from tunecard.card.abstaining import interval_of
from tunecard.card.markdown import escape, listing, table
from tunecard.card.numbers import count, difference_range, score, score_range, signed
from tunecard.card.record_links import cite
from tunecard.card.thresholds import LEAST_GAP
from tunecard.evidence import Findings

SHOWN, LEAST_SHOWN = 8, 0.001
Record = dict[str, Any]


def people_id(findings: Findings) -> str:
    """The id of the scored split's record."""
    return f"results.{facts.scored_split(findings)}.people"


def limits(findings: Findings) -> list[str]:
    """A sentence where columns about people were named; none otherwise."""
    groups = facts.records_of(findings, people_id(findings))
    if not groups:
        return []
    worse, of = worse_off(findings), cite(findings, people_id(findings), count(len(groups)))
    if not worse:
        return [f"**Groups by column:** none of {of} groups of people is clearly worse off than all others."]
    shown = [
        f"{_named(one)} {cite(findings, people_id(findings), signed(facts.amount(one.get('gap'))))}"
        for one in worse[:SHOWN]
    ]
    name = facts.metric_phrase(findings, facts.headline_metric(findings))
    return [
        f"**Groups by column:** of {of} groups of people, clearly worse off than all others ({name}): {listing(shown)}."
    ]


def advice(findings: Findings) -> list[str]:
    """What to do about them."""
    worse = [_named(one) for one in worse_off(findings)[:SHOWN]]
    return [f"Do not rely on answers to rows of {listing(worse)}: they are wrong more often."] if worse else []


def worse_off(findings: Findings) -> list[Record]:
    """Groups whose score is worse than that of all others by more than chance explains and enough."""
    sign = -1 if facts.task_of(findings).scoring.headline.is_error else 1
    groups = facts.records_of(findings, people_id(findings))
    return [
        one
        for one in groups
        if one.get("distinguishable") is True and sign * facts.amount(one.get("gap")) <= -LEAST_GAP
    ]


def people_table(findings: Findings) -> str:
    """The groups, those that stand out most first; "" where none is known."""
    groups, id = facts.records_of(findings, people_id(findings)), people_id(findings)
    if not groups:
        return ""
    name = facts.metric_name(findings, facts.headline_metric(findings))
    headings = ["group", *(cite(findings, id, told) for told in ("rows", name, "gap to others", "p"))]
    more = f" (the first of {cite(findings, id, count(len(groups)))})" if len(groups) > SHOWN else ""
    return f"**{escape(findings[id].name)}**{more}:\n\n{table(headings, [_row(one) for one in groups[:SHOWN]])}"


def _row(one: Record) -> list[str]:
    ends, of_gap = interval_of(one, "interval"), interval_of(one, "gap_interval")
    shown = _shown(one.get("score"), score, score_range(ends) if ends else "")
    apart = _shown(one.get("gap"), signed, difference_range(of_gap) if of_gap else "")
    return [_named(one), count(facts.amount(one.get("rows"))), shown, apart, _shown(one.get("p"), _chance)]


def _chance(p: float) -> str:
    return score(p) if p >= LEAST_SHOWN else f"under {score(LEAST_SHOWN)}"


def _shown(value: Any, form: Callable[[float], str], ends: str = "") -> str:
    if not isinstance(value, int | float):
        return "none"
    return form(value) + (f" ({ends})" if ends else "")


def _named(one: Record) -> str:
    return f"{escape(str(one.get('column')), 40)} {escape(str(one.get('group')), 40)}"
