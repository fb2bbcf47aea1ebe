"""Losses above, the validation metric below, by epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tunecard.card import facts
from tunecard.card.drawing.palette import BLUE, GREEN, INK, VERMILLION
from tunecard.card.pictures.canvas import blank, legend_above, rules, whole_numbers
from tunecard.card.pictures.learning_curve import METRIC, curve_of, metric_of, points_of
from tunecard.evidence import Findings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Points = list[tuple[float, float]]
MOST_MARKS = 20
LINES: dict[str, Any] = {
    "train_loss": {"label": "training", "color": BLUE, "marker": "o", "linestyle": "-"},
    "validation_loss": {"label": "validation", "color": VERMILLION, "marker": "s", "linestyle": "--"},
    METRIC: {"color": GREEN, "marker": "D", "linestyle": "-"},
}


def draw_learning_curve(findings: Findings) -> Figure:
    """A ring and a dotted line mark the epoch that was kept."""
    curve = curve_of(findings)
    metric = points_of(curve, METRIC)
    losses = {key: found for key in ("train_loss", "validation_loss") if (found := points_of(curve, key))}
    panels = (1,) * (bool(losses) + bool(metric))
    best = facts.value_of(findings, "training.best_epoch")
    title = "Learning curve" + (f"; dotted: the kept epoch, {best:g}" if best is not None else "")
    figure, axes = blank(0.5 + 2.3 * len(panels), title, panels)
    if losses:
        for key, points in losses.items():
            _plot(axes[0], points, key)
        axes[0].set_ylabel("loss")
        legend_above(axes[0], 2)
    if metric:
        _plot(axes[-1], metric, METRIC)
        axes[-1].set_ylabel(f"validation\n{metric_of(findings)}")
        _ring(axes[-1], metric, best)
    for axis in axes:
        _finish(axis, curve, best)
    axes[-1].set_xlabel("epoch")
    return figure


def _plot(axis: Axes, points: Points, key: str) -> None:
    every = -(-len(points) // MOST_MARKS)
    axis.plot(*zip(*points, strict=True), linewidth=2.2, markersize=6.5, markevery=every, **LINES[key])


def _ring(axis: Axes, points: Points, best: float | None) -> None:
    kept = [point for point in points if point[0] == best]
    if kept:
        ring: dict[str, Any] = {"markersize": 14, "markerfacecolor": "none", "markeredgewidth": 2, "color": INK}
        axis.plot(*kept[0], "o", **ring)


def _finish(axis: Axes, curve: list[dict[str, float]], best: float | None) -> None:
    from matplotlib.ticker import MaxNLocator

    whole_numbers(axis)
    axis.yaxis.set_major_locator(MaxNLocator(nbins=5, min_n_ticks=3, steps=[1, 2, 2.5, 5, 10]))
    first, last = curve[0]["epoch"], curve[-1]["epoch"]
    room = 0.05 * ((last - first) or 1)
    axis.set_xlim(first - room, last + room)
    axis.margins(y=0.14)
    rules(axis, "y")
    if best is not None:
        axis.axvline(best, color=INK, linewidth=1.2, linestyle=":", zorder=1)
