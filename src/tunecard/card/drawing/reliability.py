"""Stated probability beside what came true.

Bins of equal mass crowd at the upper end of a diagonal, where a good model is nearly always sure. Here each has a line
of its own, so that its size and its interval can be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tunecard.card.drawing.forest import Block, Kind, Line, draw_forest
from tunecard.card.numbers import count, score
from tunecard.card.pictures.reliability import Bin, answers_of, bins_of
from tunecard.evidence import Findings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SUREST = 0.999
LEGEND = {
    "stated": "mean probability that was stated",
    "part": "share that was right",
    "low": "share that was right, clearly less than stated",
    "high": "share that was right, clearly more than stated",
}


def draw_reliability(findings: Findings) -> Figure:
    """One line a bin, surest first: a bar at the mean confidence, a mark at the accuracy with its interval."""
    lines = [_line(one) for one in reversed(bins_of(findings))]
    title = f"Do stated probabilities come true? {answers_of(findings).capitalize()} in equal bins, 95 % intervals"
    return draw_forest(title, [Block("Share that was right", lines, names="stated")], ("right", "n"), LEGEND)


def _line(one: Bin) -> Line:
    return Line(
        _range(one),
        one.accuracy,
        score(one.accuracy),
        count(one.n),
        one.interval,
        _kind(one),
        stated=one.confidence,
    )


def _kind(one: Bin) -> Kind:
    low, high = one.interval
    return "low" if high < one.confidence else "high" if low > one.confidence else "part"


def _range(one: Bin) -> str:
    if one.low > SUREST:
        return f"over {SUREST}"
    ends = score(one.low), score(one.high)
    return ends[0] if ends[0] == ends[1] else "\u2013".join(ends)
