"""Risk against coverage: how many answers are wrong, the fewer of the least sure ones are given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tunecard.card import facts
from tunecard.card.abstaining import curve_id, interval_of, points
from tunecard.card.numbers import score
from tunecard.card.pictures.canvas import BLUE, PALE, blank, rules
from tunecard.evidence import Findings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LEAST_POINTS = 3
HEIGHT = 2.6  # inches
TOLD = 4


def sources(findings: Findings) -> list[str]:
    """What is drawn."""
    return [curve_id(findings)]


def words(findings: Findings) -> str:
    """The risk at some coverages."""
    known = points(findings)
    if len(known) < LEAST_POINTS:
        return ""
    shown = [*known[:: max(1, len(known) // TOLD)][:TOLD], known[-1]]
    told = ", ".join(f"{score(one['coverage'])} {score(one['risk'])}" for one in shown)
    answers = facts.answer_word(findings)
    return (
        f"Risk against coverage of {answers}, with 95 % intervals. Share given, and share of it that is wrong: {told}."
    )


def draw(findings: Findings) -> Figure:
    """A line with a mark at each threshold, and its interval as a pale band."""
    known = points(findings)
    title = f"How many {facts.answer_word(findings)} are wrong where only the surest are given, 95 % intervals"
    figure, (axis,) = blank(HEIGHT, title)
    banded = [(one["coverage"], interval) for one in known if (interval := interval_of(one, "risk_interval"))]
    if banded:
        lows, highs = zip(*(interval for _, interval in banded), strict=True)
        axis.fill_between([coverage for coverage, _ in banded], lows, highs, color=PALE, linewidth=0)
    line: dict[str, Any] = {"color": BLUE, "marker": "o", "markersize": 5, "linewidth": 2}
    axis.plot([one["coverage"] for one in known], [one["risk"] for one in known], **line)
    axis.set_xlabel("coverage: share of answers given")
    axis.set_ylabel("risk: share wrong")
    axis.set_xlim(0, 1.02)
    axis.set_ylim(bottom=0)
    rules(axis, "y")
    return figure
