"""Scores with intervals, one a line, under headings; the figures stand beside the marks.

Every kind of line has a mark of its own, so that black on white says the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tunecard.card.pictures.canvas import (
    BLUE,
    GREEN,
    GREY,
    INK,
    PAPER,
    SMALL,
    VERMILLION,
    blank,
    rules,
    wrap_label,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Kind = Literal["own", "other", "part", "low", "high"]
MARKS: dict[str, dict[str, Any]] = {
    "own": {"marker": "D", "color": BLUE, "markersize": 8},
    "other": {"marker": "s", "color": GREY, "markersize": 7, "markerfacecolor": PAPER, "markeredgewidth": 2},
    "part": {"marker": "o", "color": BLUE, "markersize": 7},
    "low": {"marker": "v", "color": VERMILLION, "markersize": 8},
    "high": {"marker": "^", "color": GREEN, "markersize": 8},
}
REFERENCE: dict[str, Any] = {"color": INK, "linewidth": 1.3, "linestyle": "--"}
LINE, EXTRA_LINE, HEADING, FRAME = 0.29, 0.11, 0.36, 0.6  # inches
COLUMNS = (0.62, 1.2)  # right ends of the two columns of figures, inches from the axes


@dataclass(frozen=True)
class Line:
    """One score.

    Attributes:
        name: what it is the score of.
        value: the score; None where `note` says why there is none.
        shown: the score as text.
        n: how many stand behind it, as text.
        interval: its ends.
        kind: which mark it gets.
        stated: what was promised, drawn as an upright bar; None for none.
        note: drawn in place of a mark.
    """

    name: str
    value: float | None
    shown: str
    n: str
    interval: tuple[float, float] | None = None
    kind: Kind = "part"
    stated: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Block:
    """Lines under a heading; `reference` is a score drawn as a dashed line through them, `names` heads their names."""

    heading: str
    lines: list[Line]
    reference: float | None = None
    names: str = ""


def draw_forest(title: str, blocks: list[Block], columns: tuple[str, str], legend: dict[str, str]) -> Figure:
    """The picture of all blocks, from top to bottom.

    Args:
        columns: heads of the two columns of figures: the score and n.
        legend: kind of mark to what it means ("stated" is the upright bar, "reference" the dashed line); only those
            that occur are shown.
    """
    names = [wrap_label(line.name) for block in blocks for line in block.lines]
    step = LINE + EXTRA_LINE if any("\n" in name for name in names) else LINE
    height = sum(HEADING + step * len(block.lines) for block in blocks)
    used = _used(blocks, legend)
    figure, (axis,) = blank(height + FRAME + 0.24 * len(used), title)
    ticks, place = [], 0.0
    for block in blocks:
        _heading(axis, block, place, columns)
        place += HEADING
        middles = [place + step * (row + 0.5) for row in range(len(block.lines))]
        for line, middle in zip(block.lines, middles, strict=True):
            _line(axis, line, middle, step)
        if block.reference is not None:
            axis.plot([block.reference] * 2, [place, place + step * len(middles)], **REFERENCE)
        ticks += middles
        place += step * len(block.lines)
    axis.set_yticks(ticks, names)
    axis.tick_params(axis="y", length=0)
    axis.set_ylim(place, 0)
    axis.spines["left"].set_visible(False)
    _scale(axis, blocks)
    rules(axis, "x")
    if used:
        figure.legend(handles=used, loc="outside lower left")
    return figure


def _heading(axis: Axes, block: Block, place: float, columns: tuple[str, str]) -> None:
    middle = place + HEADING * 0.58
    bold: dict[str, Any] = {"fontsize": SMALL, "fontweight": "bold", "va": "center"}
    paper = {"facecolor": PAPER, "edgecolor": "none", "pad": 1.5}
    axis.text(0, middle, block.heading, transform=_across(axis, 0.04), zorder=3, bbox=paper, **bold)
    axis.text(0, middle, block.names, transform=_across(axis, -0.06), ha="right", **bold)
    _figures(axis, middle, columns, **bold)


def _figures(axis: Axes, middle: float, columns: tuple[str, str], **style: Any) -> None:
    """The two columns right of the axes."""
    for right, text in zip(COLUMNS, columns, strict=True):
        axis.text(1, middle, text, transform=_across(axis, right), ha="right", **style)


def _line(axis: Axes, line: Line, middle: float, step: float) -> None:
    mark = MARKS[line.kind]
    if line.interval is not None:
        axis.plot(line.interval, [middle] * 2, color=mark["color"], linewidth=2.2, solid_capstyle="butt")
    if line.stated is not None:
        half = step * 0.34
        axis.plot([line.stated] * 2, [middle - half, middle + half], color=INK, linewidth=3, solid_capstyle="butt")
    if line.value is not None:
        axis.plot([line.value], [middle], linestyle="none", zorder=4, **mark)
    if line.note:
        axis.text(0, middle, line.note, transform=_across(axis, 0.04), va="center_baseline", fontsize=SMALL, color=GREY)
    _figures(axis, middle, (line.shown, line.n), va="center_baseline", fontsize=SMALL)


def _across(axis: Axes, inches: float = 0.0) -> Any:
    """Widths of the axes across, moved by so many inches, and data down."""
    from matplotlib.transforms import ScaledTranslation, blended_transform_factory

    figure = axis.get_figure()
    assert figure is not None
    return blended_transform_factory(axis.transAxes, axis.transData) + ScaledTranslation(
        inches, 0, figure.dpi_scale_trans
    )


def _scale(axis: Axes, blocks: list[Block]) -> None:
    """From a little below the least to a little above the greatest, never beyond what a score can be."""
    from matplotlib.ticker import MaxNLocator

    ends = [end for block in blocks for line in block.lines for end in _ends(line)]
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    margin = max(0.04 * (high - low), 0.005)
    axis.set_xlim(max(low - margin, min(low, 0) - 0.02), min(high + margin, 1.02))
    axis.xaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 2.5, 5, 10]))


def _ends(line: Line) -> list[float]:
    return [end for end in (line.value, line.stated, *(line.interval or ())) if end is not None]


def _used(blocks: list[Block], legend: dict[str, str]) -> list[Any]:
    """A handle for every mark of the legend that is drawn."""
    from matplotlib.lines import Line2D

    lines = [line for block in blocks for line in block.lines]
    kinds: set[str] = {line.kind for line in lines if line.value is not None}
    kinds |= {"stated"} if any(line.stated is not None for line in lines) else set()
    kinds |= {"reference"} if any(block.reference is not None for block in blocks) else set()
    styles = {kind: {"linestyle": "none"} | mark for kind, mark in MARKS.items()}
    styles["stated"] = {"linestyle": "none", "marker": "|", "color": INK, "markersize": 13, "markeredgewidth": 3}
    styles["reference"] = REFERENCE
    return [Line2D([], [], label=meaning, **styles[kind]) for kind, meaning in legend.items() if kind in kinds]
