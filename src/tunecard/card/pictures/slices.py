"""The headline score on parts of the rows, beside the score of all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tunecard.card import facts
from tunecard.card.markdown import escape, listing
from tunecard.card.numbers import count, score
from tunecard.card.pictures.canvas import wrap_label
from tunecard.card.pictures.forest import Block, Kind, Line, draw_forest
from tunecard.evidence import Finding, Findings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_SLICES = 24
LEAST_SCORED = 2


def shown_slices(findings: Findings) -> tuple[dict[str, dict[str, Finding]], str]:
    """factor -> value -> finding of the slices drawn, and a sentence when these are not all.

    A factor of one value parts nothing. All up to 24; else the 24 with the lowest scores, in recorded order.
    """
    factors = facts.factor_values(findings, facts.scored_split(findings))
    found = {factor: values for factor, values in factors.items() if len(values) > 1}
    every = [finding for values in found.values() for finding in values.values()]
    if len(every) <= MOST_SLICES:
        return found, ""
    scored = [finding for finding in every if facts.number_of(finding) is not None]
    lowest = sorted(scored, key=lambda finding: facts.number_of(finding) or 0.0)[:MOST_SLICES]
    kept = {finding.id for finding in lowest}
    chosen = {
        factor: {value: finding for value, finding in values.items() if finding.id in kept}
        for factor, values in found.items()
    }
    note = f"The {len(lowest)} lowest of {len(every)} slices"
    return {factor: values for factor, values in chosen.items() if values}, note


def sources(findings: Findings) -> list[str]:
    """What is drawn."""
    head = facts.headline(findings)
    drawn = [finding.id for values in shown_slices(findings)[0].values() for finding in values.values()]
    return ([head.id] if head is not None else []) + drawn


def words(findings: Findings) -> str:
    """The lowest and the highest slice; the table below it holds the others."""
    head = facts.headline(findings)
    whole = facts.number_of(head)
    found, note = shown_slices(findings)
    scored = [f for values in found.values() for f in values.values() if facts.number_of(f) is not None]
    if whole is None or head is None or len(scored) < LEAST_SCORED:
        return ""
    factors = listing([escape(factor, 40) for factor in found])
    name = facts.metric_name(findings, facts.headline_metric(findings))
    first = f"{name} by slices of {factors} with 95 % intervals, beside the whole {facts.scored_split(findings)} split."
    ordered = sorted(scored, key=lambda finding: facts.number_of(finding) or 0.0)
    ends = " to ".join(f"{score(facts.number_of(f) or 0.0)} ({_named(f)})" for f in (ordered[0], ordered[-1]))
    return f"{first} {note + '. ' if note else ''}From {ends}; the others stand in the table below."


def _named(finding: Finding) -> str:
    return escape((finding.slice or finding.name).replace("=", " "), 60)


def draw(findings: Findings) -> Figure:
    """Each value of each factor with its interval, the score of all rows as a dashed line."""
    found, note = shown_slices(findings)
    overall = facts.headline(findings)
    whole, weak = facts.number_of(overall), facts.weak_parts(findings)
    blocks = [
        Block(
            wrap_label(f"By {factor}", 26, 1),
            [_line(value, finding, weak) for value, finding in values.items()],
            whole,
        )
        for factor, values in found.items()
    ]
    name = facts.metric_name(findings, facts.headline_metric(findings))
    title = f"{name} by slice, 95 % intervals"
    rows = facts.row_word(findings)
    legend = {"reference": f"all {rows}, {score(whole or 0.0)}", "low": "clearly below it"}
    return draw_forest(title + (f". {note}" if note else ""), blocks, ("score", "n"), legend)


def _line(name: str, finding: Finding, weak: set[str]) -> Line:
    value, n = facts.number_of(finding), count(finding.n or 0)
    if value is None:
        return Line(name, None, "-", n, note="not scored")
    kind: Kind = "low" if finding.id in weak else "part"
    return Line(name, value, score(value), n, finding.interval, kind)
