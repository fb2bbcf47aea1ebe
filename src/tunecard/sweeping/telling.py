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
from tunecard.sweeping.grid import SEED, Setting
from tunecard.sweeping.race import FACTOR
from tunecard.sweeping.swept import Sweep, Tried

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
    keys = [*swept.best.setting.values, *([(SEED, None)] if swept.compared.seeds > 1 else [])]
    mean = f", mean of {swept.compared.seeds} seeds" if swept.compared.seeds > 1 else ""
    parts = [
        f"# Sweep of {' and '.join(code(key) for key, _ in keys)}",
        f"{comparison.measure.name}{lower}{mean}, on {n} rows of {comparison.split}, best first. The test split was "
        "not read.",
        table(_head(swept), [_row(one, swept) for one in swept.settings]),
        verdict(swept),
        *_stopped(swept),
        f"![{_alt(swept)}]({PICTURE})",
        _notes(swept),
    ]
    return "\n\n".join(parts) + "\n"


def verdict(swept: Sweep) -> str:
    """What to take, and what cannot be told from the best."""
    if len(swept.settings) == 1:
        return _lone(swept)
    level = sum(one.is_level for one in swept.settings) - 1
    best, chosen = _said(swept.best.setting), _said(swept.recommended.setting)
    rest = len(swept.settings) - 1
    if not level:
        what = "the other" if rest == 1 else "each of the others"
        return f"**Take {best}:** it is better than {what} by more than chance explains."
    others = "the other" if rest == 1 else f"{count(level)} of the other {count(rest)}"
    if swept.recommended is swept.best:
        return f"**Take {best}:** {others} cannot be told from it, and trains no fewer parameters."
    if rest == 1:
        return f"**Take {chosen}:** it cannot be told from the best, {best}, and trains fewer parameters."
    return (
        f"**Take {chosen}:** it cannot be told from the best, {best}, and of those that cannot ({others}) it trains "
        "the fewest parameters."
    )


def _lone(swept: Sweep) -> str:
    if swept.left:
        return f"**Take {_said(swept.best.setting)}:** all others were stopped early, and nothing was compared with it."
    return "**Nothing was compared:** seeds alone were tried, which tell how far a score moves by chance."


def _said(setting: Setting) -> str:
    return (
        code(" ".join(f"{key}={value}" for key, value in setting.values)) if setting.values else "the recipe as it is"
    )


def _head(swept: Sweep) -> list[str]:
    seeds = ["by seed", "standard deviation"] if swept.compared.seeds > 1 else []
    keys = [code(key) for key, _ in swept.best.setting.values]
    score_of = swept.comparison.measure.name
    return [*keys, score_of, "95 % interval", *seeds, "minus the best", "p", "trained parameters", "optimisation"]


def _row(one: Tried, swept: Sweep) -> list[str]:
    value = "-" if one.score.value is None else score(one.score.value)
    interval = "-" if one.score.interval is None else score_range(one.score.interval)
    cells = [*(code(value) for _, value in one.setting.values), value, interval, *_seeds(one, swept)]
    return [*cells, _behind(one), _p(one), count(one.parameters), duration(one.seconds)]


def _seeds(one: Tried, swept: Sweep) -> list[str]:
    if swept.compared.seeds == 1:
        return []
    known = [score(trial.score.value) for trial in one.trials if trial.score.value is not None]
    return [", ".join(known), "-" if one.sd is None else score(one.sd)]


def _stopped(swept: Sweep) -> list[str]:
    """Those that did not come to their end, where there are any."""
    if not swept.left:
        return []
    rows = [
        [*(code(value) for _, value in one.setting.values), count(one.stopped.epoch), score(one.stopped.score)]
        for one in swept.left
    ]
    head = [*(code(key) for key, _ in swept.best.setting.values), "after epoch", "validation score there"]
    return [
        "## Stopped early",
        table(head, rows),
        f"Ended by successive halving (ASHA): after epoch 1, {FACTOR}, {FACTOR**2}, ... a training goes on if it "
        "scores at least the median of those that were there before it. What learns slowly at first loses by "
        "this rule; these were not compared with the others, and none is recommended."
        + (" The first seed decided, and no other was trained." if swept.compared.seeds > 1 else ""),
    ]


def _alt(swept: Sweep) -> str:
    return f"{swept.comparison.measure.name} by trained parameters and by seconds of optimisation."


def _notes(swept: Sweep) -> str:
    comparison, seeds = swept.comparison, swept.compared.seeds
    pairs = len(comparison.differences)
    tests = "" if not pairs else f" p is adjusted by Holm for {_pairs(pairs)}, and at most {ALPHA:.2f} is told apart."
    paired = "paired by rows" if seeds == 1 else "paired by rows and by seeds"
    spread = (
        f" The spread over {seeds} seeds is itself known by {seeds - 1} degree{'s' if seeds > 2 else ''} of freedom, "
        "for which the intervals are widened."
        if seeds > 1
        else ""
    )
    return (
        f"Intervals cover {swept.compared.covers}.{spread} Differences are {paired}, with 95 % intervals.{tests} The "
        "best was picked on these rows, and each training chose its epoch by them: its score flatters it."
    )


def _pairs(pairs: int) -> str:
    return "the one pair" if pairs == 1 else f"all {count(pairs)} pairs"


def _behind(one: Tried) -> str:
    if one.behind is None:
        return "best"
    paired = one.behind.paired
    if paired.value is None:
        return "-"
    return signed(paired.value) + ("" if paired.interval is None else f" ({difference_range(paired.interval)})")


def _p(one: Tried) -> str:
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
    _scatter(axes[0], swept, [one.parameters for one in swept.settings], "trained parameters")
    _scatter(axes[1], swept, [one.seconds for one in swept.settings], "seconds of optimisation")
    axes[0].legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, borderaxespad=0)  # above, where no bar runs
    return figure


def _scatter(axis: Axes, swept: Sweep, costs: Sequence[float], name: str) -> None:
    from matplotlib.ticker import MaxNLocator, StrMethodFormatter

    for is_level, fill, said in ((True, BLUE, "the best, and level with it"), (False, PAPER, "worse")):
        shown = [(cost, one) for cost, one in zip(costs, swept.settings, strict=True) if one.is_level is is_level]
        for cost, one in shown:
            low, high = one.score.interval or (_value(one), _value(one))
            axis.plot([cost, cost], [low, high], color=GREY, linewidth=1.2)
        if shown:
            places = [cost for cost, _ in shown], [_value(one) for _, one in shown]
            axis.plot(*places, "o", markersize=7, markerfacecolor=fill, markeredgecolor=INK, label=said)
    axis.xaxis.set_major_locator(MaxNLocator(4))
    axis.xaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
    axis.set_xlabel(name)
    axis.set_ylabel(swept.comparison.measure.name)
    rules(axis, "y")


def _value(one: Tried) -> float:
    return float(one.score.value or 0.0)
