"""What is taken for what: shares of each true label as a matrix, or bars of the most confused pairs."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any

from tunecard.card import facts
from tunecard.card.confusion import confusion_of
from tunecard.card.drawing.palette import BLUE, DARK, INK, PAPER, SHADES
from tunecard.card.numbers import count
from tunecard.card.pictures.canvas import SMALL, blank, label
from tunecard.card.pictures.confusion import is_matrix, shown_pairs, unit_of
from tunecard.evidence import Findings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CELL, PAIR, LINE = 0.42, 0.52, 0.18  # inches
TICK_WIDTH = 14
PAIR_WIDTH = 48


def draw_confusion(findings: Findings) -> Figure:
    """A matrix up to 12 labels, else the most confused pairs."""
    labels, counts = confusion_of(findings, facts.scored_split(findings)) or ([], [])
    return _matrix(labels, counts, unit_of(findings)) if is_matrix(labels) else _pairs(findings)


def _matrix(labels: list[str], counts: list[list[int]], unit: str) -> Figure:
    from matplotlib.colors import LinearSegmentedColormap

    side = len(labels)
    shares = [[cell / (sum(row) or 1) for cell in row] for row in counts]
    title = f"Of each true label, % of its {unit} read as"
    figure, (axis,) = blank(max(2.6, 1.6 + CELL * side), title)
    axis.imshow(shares, cmap=LinearSegmentedColormap.from_list("shades", SHADES), vmin=0, vmax=1, aspect="auto")
    names = [label(name, TICK_WIDTH) for name in labels]
    turned: dict[str, Any] = {"rotation": 90} if side > 3 else {}
    axis.set_xticks(range(side), names, **turned)
    axis.set_yticks(range(side), [f"{name}\n({_total(row)})" for name, row in zip(names, counts, strict=True)])
    axis.set_xlabel("predicted")
    axis.set_ylabel(f"true (number of {unit})")
    axis.tick_params(length=0)
    for at, row in enumerate(shares):
        for column, share in enumerate(row):
            if share:
                colour = PAPER if share > DARK else INK
                axis.text(column, at, _percent(share), ha="center", va="center", color=colour, fontsize=SMALL)
    return figure


def _total(row: list[int]) -> str:
    return count(sum(row))


def _percent(share: float) -> str:
    """A whole number of per cent; what is there at all never reads as 0."""
    return f"{share * 100:.0f}" if share >= 0.005 else "<1"


def _pairs(findings: Findings) -> Figure:
    """Names above each bar, so that they have the whole width."""
    pairs = shown_pairs(findings)
    title = f"The {len(pairs)} most confused pairs of labels: true \u2192 predicted, {unit_of(findings)}"
    names = [label(f"{gold} \u2192 {said}", PAIR_WIDTH) for gold, said, _ in pairs]
    heights = [PAIR + LINE * name.count("\n") for name in names]
    below = list(accumulate(heights))  # inches from the top to the end of each pair
    figure, (axis,) = blank(0.3 + below[-1], title)
    axis.barh([end - 0.15 for end in below], [number for *_, number in pairs], color=BLUE, height=0.17)
    for end, (*_, number), name in zip(below, pairs, names, strict=True):
        axis.text(0, end - 0.27, name, va="bottom", fontsize=SMALL)
        axis.text(number, end - 0.15, f" {count(number)}", va="center_baseline", fontsize=SMALL, fontweight="bold")
    axis.set_axis_off()
    axis.margins(x=0.1)
    axis.set_ylim(below[-1], 0)
    return figure
