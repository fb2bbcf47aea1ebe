"""SWEEP.md, sweep.csv and sweep.png: what a sweep came to, for a person and for a program."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tunecard.card.markdown import code, table
from tunecard.card.numbers import count, difference_range, duration, score, score_range, signed
from tunecard.card.pictures.canvas import BLUE, GREY, INK, PAPER, blank, png_of, rules
from tunecard.evaluation.together import ALPHA
from tunecard.evidence import Findings
from tunecard.evidence.files import write_text, write_whole
from tunecard.sweeping.swept import Sweep, Trial

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TABLE, ROWS, PICTURE = "SWEEP.md", "sweep.csv", "sweep.png"
LEAST_P = 0.001


def write_table(swept: Sweep) -> None:
    """All three, each whole."""
    write_text(swept.path / TABLE, page(swept))
    write_text(swept.path / ROWS, _csv(swept))
    picture = png_of(lambda _: draw(swept), Findings())
    write_whole(swept.path / PICTURE, lambda stream: stream.write(picture))


def page(swept: Sweep) -> str:
    """The sweep in Markdown."""
    comparison = swept.comparison
    n, lower = count(comparison.rows), " (lower is better)" if comparison.measure.is_error else ""
    parts = [
        f"# Sweep of {' and '.join(code(key) for key, _ in swept.best.setting.values)}",
        f"{comparison.measure.name}{lower} on {n} rows of {comparison.split}, best first. The test split was not read.",
        table(
            [*(code(key) for key, _ in swept.best.setting.values), comparison.measure.name, "95 % interval",
             "minus the best", "p", "trained parameters", "optimisation"],
            [_row(one) for one in swept.trials],
        ),
        verdict(swept),
        f"![{comparison.measure.name} by trained parameters and by seconds of optimisation.]({PICTURE})",
        "Differences are paired, with 95 % intervals; p is adjusted by Holm for all "
        f"{count(len(comparison.differences))} pairs, and at most {ALPHA:.2f} is told apart. The best was picked on "
        "these rows, and each trial chose its epoch by them: its score flatters it.",
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def verdict(swept: Sweep) -> str:
    """What to take, and what cannot be told from the best."""
    level = sum(one.is_level for one in swept.trials) - 1
    best, chosen = _said(swept.best), _said(swept.recommended)
    if not level:
        return f"**Take {best}:** it is better than each of the others by more than chance explains."
    others = f"{count(level)} of the other {count(len(swept.trials) - 1)}"
    if swept.recommended is swept.best:
        return f"**Take {best}:** {others} cannot be told from it, and none of them trains fewer parameters."
    return (
        f"**Take {chosen}:** it cannot be told from the best, {best}, and trains the fewest parameters of those that "
        f"cannot ({others})."
    )


def _said(trial: Trial) -> str:
    return code(" ".join(f"{key}={value}" for key, value in trial.setting.values))


def _row(one: Trial) -> list[str]:
    value = "-" if one.score.value is None else score(one.score.value)
    interval = "-" if one.score.interval is None else score_range(one.score.interval)
    cells = [*(code(value) for _, value in one.setting.values), value, interval, _behind(one), _p(one)]
    return [*cells, count(one.parameters), duration(one.seconds)]


def _behind(one: Trial) -> str:
    if one.behind is None:
        return "best"
    paired = one.behind.paired
    if paired.value is None:
        return "-"
    return signed(paired.value) + ("" if paired.interval is None else f" ({difference_range(paired.interval)})")


def _p(one: Trial) -> str:
    p = None if one.behind is None else one.behind.p
    if p is None:
        return "-"
    return f"< {LEAST_P}" if p < LEAST_P else f"{p:.3f}"


def _csv(swept: Sweep) -> str:
    rows, text = swept.rows(), io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def draw(swept: Sweep) -> Figure:
    """Score against trained parameters, above score against seconds; full marks cannot be told from the best."""
    figure, axes = blank(5.6, f"{swept.comparison.measure.name} on {swept.comparison.split} and what it costs", (1, 1))
    _scatter(axes[0], swept, [one.parameters for one in swept.trials], "trained parameters")
    _scatter(axes[1], swept, [one.seconds for one in swept.trials], "seconds of optimisation")
    axes[0].legend(loc="best")
    return figure


def _scatter(axis: Axes, swept: Sweep, costs: Sequence[float], name: str) -> None:
    for is_level, fill, said in ((True, BLUE, "the best, and level with it"), (False, PAPER, "worse")):
        shown = [(cost, one) for cost, one in zip(costs, swept.trials, strict=True) if one.is_level is is_level]
        for cost, one in shown:
            low, high = one.score.interval or (_value(one), _value(one))
            axis.plot([cost, cost], [low, high], color=GREY, linewidth=1.2)
        places = [cost for cost, _ in shown], [_value(one) for _, one in shown]
        axis.plot(*places, "o", markersize=7, markerfacecolor=fill, markeredgecolor=INK, label=said)
    axis.set_xlabel(name)
    axis.set_ylabel(swept.comparison.measure.name)
    rules(axis, "y")


def _value(one: Trial) -> float:
    return float(one.score.value or 0.0)
