"""The score without rows whose label a judge doubts, and what such a score is worth, in a sentence."""

from __future__ import annotations

from tunecard.card import facts
from tunecard.card.numbers import count, difference_range, score, signed
from tunecard.card.record_links import cite
from tunecard.evidence import Findings

CAVEAT = (
    "leaving out what a judge doubts raises any score that agrees with the judge, and this one learned from the same "
    "base and rows"
)


def without_doubted(findings: Findings, split: str) -> str:
    """A sentence behind the count of suspect labels; "" where the rest was not scored."""
    prefix, metric = f"results.{split}.undoubted", facts.headline_metric(findings)
    value, gap = (facts.value_of(findings, f"{prefix}.{key}") for key in (metric, "difference"))
    if value is None or gap is None:
        return ""
    ends = findings[f"{prefix}.difference"].interval
    within = f" ({difference_range(ends)})" if ends else ""
    rest, by = (
        cite(findings, f"{prefix}.{key}", shown)
        for key, shown in ((metric, score(value)), ("difference", signed(gap) + within))
    )
    name = facts.metric_phrase(findings, metric)
    return f" Without the {_rows(findings, split)} that hold one, the {name} is {rest}, {by} against all: {CAVEAT}."


def _rows(findings: Findings, split: str) -> str:
    id = f"data.suspect_labels.{split}"
    rows = facts.amount(facts.mapping_of(findings, id).get("rows"))
    return cite(findings, id, f"{count(rows)} {facts.row_word(findings)}")
