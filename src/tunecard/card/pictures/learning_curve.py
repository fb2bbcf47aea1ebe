"""The learning curve: losses and the validation metric by epoch, and which epoch was kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tunecard.card import facts
from tunecard.card.numbers import plain_number, score, significant
from tunecard.card.pictures.canvas import BLUE, GREEN, INK, VERMILLION, blank, legend_above, rules, whole_numbers
from tunecard.evidence import Findings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Points = list[tuple[float, float]]
Best = Callable[[list[float]], float]
LEAST_EPOCHS = 2
MOST_TOLD = 12
LOSSES = (("train_loss", "training loss"), ("validation_loss", "validation loss"))
METRIC = "validation_metric"
MOST_MARKS = 20
LINES: dict[str, Any] = {
    "train_loss": {"label": "training", "color": BLUE, "marker": "o", "linestyle": "-"},
    "validation_loss": {"label": "validation", "color": VERMILLION, "marker": "s", "linestyle": "--"},
    METRIC: {"color": GREEN, "marker": "D", "linestyle": "-"},
}


def curve_of(findings: Findings) -> list[dict[str, float]]:
    """The epochs of the learning curve: every record with an epoch and a loss or a metric."""
    keys = ("epoch", *(key for key, _ in LOSSES), METRIC)
    records = facts.records_of(findings, "training.curve")
    curve = [{key: float(r[key]) for key in keys if isinstance(r.get(key), int | float)} for r in records]
    return [record for record in curve if "epoch" in record and len(record) > 1]


def points_of(curve: list[dict[str, float]], key: str) -> Points:
    """(epoch, value) of every epoch that has this value."""
    return [(record["epoch"], record[key]) for record in curve if key in record]


def metric_of(findings: Findings) -> str:
    """What the validation metric is called inside a sentence."""
    return facts.metric_phrase(findings, str(findings.value("training.best_metric", "score")))


def sources(findings: Findings) -> list[str]:
    """What is drawn."""
    return ["training.curve", "training.best_epoch", "training.best_metric"]


def words(findings: Findings) -> str:
    """Every epoch up to 12, else where each line begins, is best and ends."""
    curve = curve_of(findings)
    if len(curve) < LEAST_EPOCHS:
        return ""
    learned = [record for record in curve if record.get("epoch") != 0]
    start = ", from the start (epoch 0) on" if len(learned) < len(curve) else ""
    said = [f"Learning curve over {len(learned)} epoch{'s' if len(learned) != 1 else ''}{start}."]
    for key, what in LOSSES:
        said += _course(what, points_of(curve, key), significant, min)
    said += _course(f"validation {metric_of(findings)}", points_of(curve, METRIC), score, max)
    best = facts.value_of(findings, "training.best_epoch")
    return " ".join(said + ([f"Epoch {plain_number(best)} was kept."] if best is not None else []))


def _course(what: str, points: Points, shown: Callable[[float], str], best: Best) -> list[str]:
    if not points:
        return []
    values = [value for _, value in points]
    name = what[0].upper() + what[1:]
    if len(points) <= MOST_TOLD:
        return [f"{name} by epoch: {', '.join(map(shown, values))}."]
    top = best(values)
    at = plain_number(points[values.index(top)][0])
    word = "lowest" if best is min else "highest"
    return [f"{name} from {shown(values[0])} to {shown(values[-1])}, {word} {shown(top)} at epoch {at}."]


def draw(findings: Findings) -> Figure:
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
