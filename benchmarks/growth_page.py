"""What growth.py found as a page of docs/ and its picture: a row of panels an axis, time to the left, memory to the right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunecard.card.pictures.canvas import BLUE, INK, PAPER, VERMILLION, WIDTH, png_of, rules
from tunecard.evidence import Findings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PAGE, PICTURE = "growth.md", "growth.png"
PANELS = {"rows": ("rows", "stream"), "tokens": ("tokens",), "classes": ("classes",), "rank": ("rank",)}
WORDS = {
    "rows": "rows to train on", "stream": "rows predicted, csv to file", "tokens": "tokens a row", "classes": "classes",
    "rank": "rank of LoRA",
}  # fmt: skip
LABELS = {"rows": "rows", "tokens": "tokens a row", "classes": "classes", "rank": "rank of LoRA"}
STYLES = (("o-", BLUE), ("s--", VERMILLION))
HEIGHT = 1.75  # inches a row of panels

Point = Mapping[str, Any]


def write(found: Mapping[str, Any], folder: Path) -> None:
    """`growth.md` and `growth.png` of what growth.py reports."""
    (folder / PICTURE).write_bytes(png_of(lambda _: draw(found["points"]), Findings()))
    (folder / PAGE).write_text(page(found), encoding="utf-8")


def page(found: Mapping[str, Any]) -> str:
    """The page in Markdown."""
    lines = [
        "# How time and memory grow",
        "Written by `benchmarks/growth.py --docs docs`: one thing grows and the rest stays as it is (10 classes, rank 8, 32 "
        "tokens a row; 10 where rows grow). Each point is a process of its own.",
        f"![Microseconds a token and peak memory, by rows, tokens a row, classes and rank]({PICTURE})",
        f"Optimizer steps of {_model(found)} in {found['precision']}, about {found['tokens_a_step']:,} tokens a step, "
        f"{_threads(found['threads'])}, {found['clock']} time, {found['date']}: the median of the steps (least and most). "
        "Streams are timed once, with reading, tokenizing and writing. Memory is the peak of the whole process, imports "
        "included; rows to train on lie in it as token ids.",
        _table(found["points"]),
    ]
    return "\n\n".join(lines) + "\n"


def _model(found: Mapping[str, Any]) -> str:
    from shapes import SHAPES

    return f"{found['layers']} layers of {SHAPES[found['shape']].hidden} units"


def _threads(count: int) -> str:
    return "one thread" if count == 1 else f"{count} threads"


def _table(points: Sequence[Point]) -> str:
    head = "| what grows | to | microseconds a token | steps | peak MiB |\n|---|--:|--:|--:|--:|\n"
    return head + "\n".join(
        "| {0} | {value:,} | {1} | {n} | {peak_memory_mib:,.0f} |".format(WORDS[one["axis"]], _time(one), **one)
        for one in points
    )


def _time(one: Point) -> str:
    middle, least, most = (f"{one['microseconds_a_token'][key]:,.1f}" for key in ("median", "min", "max"))
    return middle if one["n"] == 1 else f"{middle} ({least} to {most})"


def draw(points: Sequence[Point]) -> Figure:
    """Only axes that were measured are drawn."""
    from matplotlib.figure import Figure

    shown = [panel for panel, axes in PANELS.items() if any(one["axis"] in axes for one in points)]
    figure = Figure(figsize=(WIDTH, HEIGHT * len(shown) + 0.6), facecolor=PAPER)
    figure.set_layout_engine("constrained", w_pad=0.06, h_pad=0.06)
    grid = figure.subplots(len(shown), 2, squeeze=False)
    grid[0][0].set_title("µs a token")
    grid[0][1].set_title("peak MiB")
    for (time, memory), panel in zip(grid, shown, strict=True):
        for axis, (style, colour) in zip(PANELS[panel], STYLES, strict=False):
            of_axis = [one for one in points if one["axis"] == axis]
            name = "predicted" if axis == "stream" else "trained"
            _line(time, of_axis, [one["microseconds_a_token"]["median"] for one in of_axis], style, colour, name)
            _line(memory, of_axis, [one["peak_memory_mib"] for one in of_axis], style, colour, name)
        for one in (time, memory):
            _finish(one, [point["value"] for point in points if point["axis"] in PANELS[panel]], LABELS[panel])
        if len(PANELS[panel]) > 1:
            figure.legend(*time.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def _line(axis: Axes, points: Sequence[Point], values: Sequence[float], style: str, colour: str, name: str) -> None:
    places = [one["value"] for one in points]
    axis.plot(places, values, style, color=colour, markeredgecolor=INK, markersize=6, linewidth=1.6, label=name)


def _finish(axis: Axes, places: Sequence[int], label: str) -> None:
    from matplotlib.ticker import MaxNLocator, NullLocator, StrMethodFormatter

    axis.set_xscale("log")
    axis.set_xticks(sorted(set(places)), [f"{place:,}" for place in sorted(set(places))])
    axis.xaxis.set_minor_locator(NullLocator())
    axis.set_ylim(bottom=0, top=axis.get_ylim()[1] * 1.15)
    axis.yaxis.set_major_locator(MaxNLocator(4))
    axis.yaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
    axis.set_xlabel(label)
    rules(axis, "y")
