"""How long the rows are, split by split."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tunecard.card import facts
from tunecard.card.markdown import listing
from tunecard.card.numbers import plain_number
from tunecard.card.pictures.canvas import BLUE, GREEN, VERMILLION, blank, legend_above, rules
from tunecard.evidence import Findings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ENDS = ("median", "p95", "max")
LEAST_EDGE = 0.5  # a logarithmic axis has no zero
MOST_TICKS = 7
LINES: dict[str, Any] = {
    "train": {"color": BLUE, "linestyle": "-"},
    "validation": {"color": VERMILLION, "linestyle": "--"},
    "test": {"color": GREEN, "linestyle": ":"},
}
MARKS = (("o", "median"), ("|", "95 %"), ("D", "longest"))


def lengths_of(findings: Findings) -> dict[str, tuple[float, float, float]]:
    """split -> (median, 95th percentile, longest), in words a row."""
    found = {}
    for split in facts.SPLITS:
        length = facts.mapping_of(findings, f"data.{split}.length")
        if all(isinstance(length.get(end), int | float) for end in ENDS):
            median, high, most = (float(length[end]) for end in ENDS)
            found[split] = (median, high, most)
    return found


def sources(findings: Findings) -> list[str]:
    """What is drawn."""
    return [f"data.{split}.{kind}" for split in lengths_of(findings) for kind in ("length", "length_histogram")]


def words(findings: Findings) -> str:
    """95th percentile of each split; median and longest row stand in the table of the splits."""
    said = [f"{plain_number(high)} in {split}" for split, (_, high, _) in lengths_of(findings).items()]
    return f"Words a row by split; 95 % of rows have at most {listing(said)}." if said else ""


def draw(findings: Findings) -> Figure:
    """Histograms where they were recorded, else median, 95th percentile and longest of each split."""
    histograms = {split: facts.mapping_of(findings, f"data.{split}.length_histogram") for split in facts.SPLITS}
    known = {split: h for split, h in histograms.items() if h.get("edges") and h.get("counts")}
    return _histograms(known) if known else _ranges(lengths_of(findings))


def _histograms(known: dict[str, dict[str, Any]]) -> Figure:
    figure, (axis,) = blank(3.0, "Words a row, by split")
    for split, histogram in known.items():
        edges, counts = histogram["edges"], histogram["counts"]
        shares = [number / (sum(counts) or 1) * 100 for number in counts]
        drawn = [max(edge, LEAST_EDGE) for edge in edges]
        axis.stairs(shares, drawn, linewidth=2.4, baseline=None, label=split, **LINES[split])
    every = sorted({edge for histogram in known.values() for edge in histogram["edges"]})
    _scale_by_bins(axis, every)
    axis.set_ylim(bottom=0)
    axis.set_xlabel("words a row")
    axis.set_ylabel("% of rows in a bin")
    legend_above(axis, 3)
    rules(axis, "y")
    return figure


def _scale_by_bins(axis: Axes, edges: list[float]) -> None:
    """Bins that grow by a factor are drawn equally wide, so that a share reads as a height."""
    from matplotlib.ticker import NullFormatter

    axis.set_xscale("log")
    step = -(-len(edges) // MOST_TICKS)
    axis.set_xticks([max(edge, LEAST_EDGE) for edge in edges[::step]], [f"{edge:g}" for edge in edges[::step]])
    axis.xaxis.set_minor_formatter(NullFormatter())
    axis.minorticks_off()


def _ranges(lengths: dict[str, tuple[float, float, float]]) -> Figure:
    figure, (axis,) = blank(1.2 + 0.45 * len(lengths), "Words a row, by split")
    for row, ends in enumerate(lengths.values()):
        axis.plot(ends[:2], [row, row], color=BLUE, linewidth=5, solid_capstyle="butt", alpha=0.5)
        axis.plot(ends[1:], [row, row], color=BLUE, linewidth=1.4)
        for value, (mark, name) in zip(ends, MARKS, strict=True):
            style: dict[str, Any] = {"color": BLUE, "markersize": 8, "markeredgewidth": 2, "linestyle": "none"}
            axis.plot([value], [row], marker=mark, label=name if row == 0 else None, **style)
    axis.set_yticks(range(len(lengths)), list(lengths))
    axis.tick_params(axis="y", length=0)
    axis.set_ylim(len(lengths) - 0.4, -0.6)
    axis.set_xlim(left=0)
    axis.set_xlabel("words a row")
    legend_above(axis, 3)
    rules(axis, "x")
    return figure
