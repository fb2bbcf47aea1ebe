"""How far answers moved from those of the linear probe of the frozen base, in a sentence."""

from __future__ import annotations

from tunecard.card import facts
from tunecard.card.numbers import count, percent, significant
from tunecard.card.record_links import cite
from tunecard.evidence import Findings


def moved_told(findings: Findings) -> str:
    """The share of answers that are others, and for better or worse; of numbers their distance. "" where unknown."""
    id = f"difference.probe.{facts.scored_split(findings)}.moved"
    finding, value, to = findings.get(id), facts.value_of(findings, id), facts.mapping_of(findings, f"{id}_to")
    if finding is None or value is None:
        return ""
    if "nearer" in to:
        return _of_amounts(findings, id, value)
    ends = f" ({percent(finding.interval[0])} to {percent(finding.interval[1])})" if finding.interval else ""
    share = cite(findings, id, percent(value) + ends)
    became = [f"{cite(findings, f'{id}_to', count(facts.amount(number)))} {outcome}" for outcome, number in to.items()]
    told = f": {', '.join(became)}" if became and value else ""
    return f"Answers that are not those of the linear probe of the frozen base: {share} of {_rows(findings, id)}{told}."


def _of_amounts(findings: Findings, id: str, value: float) -> str:
    finding, to = findings[id], facts.mapping_of(findings, f"{id}_to")
    ends = f" ({significant(finding.interval[0])} to {significant(finding.interval[1])})" if finding.interval else ""
    apart = cite(findings, id, significant(value) + ends)
    nearer = cite(findings, f"{id}_to", count(facts.amount(to["nearer"])))
    along = to.get("correlation")
    told = f", with a correlation of {cite(findings, f'{id}_to', significant(along))}" if along is not None else ""
    return (
        f"Its numbers are {apart} away from those of the linear probe of the frozen base on average{told}; "
        f"{nearer} of {_rows(findings, id)} are nearer to the given number."
    )


def _rows(findings: Findings, id: str) -> str:
    return cite(findings, id, f"{count(facts.amount(findings[id].n))} {facts.row_word(findings)}")
