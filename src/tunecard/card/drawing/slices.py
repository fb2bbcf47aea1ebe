"""The headline score on parts of the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tunecard.card import facts
from tunecard.card.drawing.forest import Block, Kind, Line, draw_forest
from tunecard.card.numbers import count, score
from tunecard.card.pictures.canvas import label
from tunecard.card.pictures.slices import shown_slices
from tunecard.evidence import Finding, Findings

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_slices(findings: Findings) -> Figure:
    """Each value of each factor with its interval, the score of all rows as a dashed line."""
    found, note = shown_slices(findings)
    overall = facts.headline(findings)
    whole = facts.number_of(overall)
    blocks = [
        Block(
            label(f"By {factor}", 26, 1), [_line(value, finding, overall) for value, finding in values.items()], whole
        )
        for factor, values in found.items()
    ]
    name = facts.metric_name(facts.headline_metric(findings))
    title = f"{name} by slice, 95 % intervals"
    rows = facts.row_word(findings)
    legend = {"reference": f"all {rows}, {score(whole or 0.0)}", "low": "clearly below: the interval ends before it"}
    return draw_forest(title + (f". {note}" if note else ""), blocks, ("score", "n"), legend)


def _line(name: str, finding: Finding, overall: Finding | None) -> Line:
    value, n = facts.number_of(finding), count(finding.n or 0)
    if value is None:
        return Line(name, None, "-", n, note="not scored")
    kind: Kind = "low" if facts.is_clearly_below(finding, overall) else "part"
    return Line(name, value, score(value), n, finding.interval, kind)
