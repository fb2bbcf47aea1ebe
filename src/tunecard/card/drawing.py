"""The card's pictures: four small charts, legible on a phone and without colour vision, the same bytes each time.

matplotlib is imported only when a picture is drawn; its own settings are used, never those of the user's machine.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunecard.card import facts
from tunecard.card.confusion import confusion_of, most_confused
from tunecard.card.markdown import one_line
from tunecard.card.numbers import percent
from tunecard.card.pictures import BEST, MOST_LABELS, NAMES, chosen_groups, curve_of, pictures_of
from tunecard.evidence import Findings
from tunecard.evidence.files import write_whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DOTS_PER_INCH = 130
WIDTH = 7.7  # inches; 1,000 pixels
BLUE, ORANGE, GREEN, INK, PALE = "#0072B2", "#D55E00", "#009E73", "#222222", "#DDDDDD"  # Okabe and Ito
STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 12,
    "text.parse_math": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": INK,
    "axes.titlesize": 13,
    "axes.titlelocation": "left",
}
LONGEST_LABEL = 34
MOST_PAIRS = 20
FLAT_LABELS = 4
LEAST_EDGE = 0.5  # a logarithmic axis has no zero
MOST_TICKS = 9
STAIRS: Any = {"linewidth": 2.2, "baseline": None}
DARK = 0.5


def draw_figures(folder: Path, findings: Findings) -> list[Path]:
    """Writes the pictures of these findings and removes the others of ours; returns the paths written."""
    wanted = pictures_of(findings)
    for name in NAMES:
        if name not in wanted:
            (folder / f"{name}.png").unlink(missing_ok=True)
    return [_write(folder / f"{name}.png", DRAWINGS[name], findings) for name in wanted]


def _write(path: Path, draw: Callable[[Findings], Figure], findings: Findings) -> Path:
    import matplotlib as mpl

    with mpl.rc_context(), warnings.catch_warnings():
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")  # a label in a script the font lacks
        image = io.BytesIO()
        draw(findings).savefig(image, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None})
    write_whole(path, lambda beside: _put(beside, image.getvalue()))
    return path


def _put(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _blank(height: float, columns: int = 1) -> tuple[Figure, list[Axes]]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height), facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    return figure, [figure.add_subplot(1, columns, column + 1) for column in range(columns)]


def _whole_numbers(axis: Axes) -> None:
    from matplotlib.ticker import MaxNLocator

    axis.xaxis.set_major_locator(MaxNLocator(integer=True))


def _label(text: object) -> str:
    return one_line(text, LONGEST_LABEL)


def draw_learning_curve(findings: Findings) -> Figure:
    """Losses on the left, the validation metric on the right, by epoch; the kept epoch is marked."""
    curve = curve_of(findings)
    has_metric = any("validation_metric" in record for record in curve)
    figure, axes = _blank(3.6, 2 if has_metric else 1)
    for key, name, colour, mark in (
        ("train_loss", "training", BLUE, "o"),
        ("validation_loss", "validation", ORANGE, "s"),
    ):
        _line(axes[0], curve, key, label=name, color=colour, marker=mark)
    axes[0].set_title("Loss")
    axes[0].legend(frameon=False)
    if has_metric:
        _line(axes[1], curve, "validation_metric", color=GREEN, marker="D")
        axes[1].set_title("Validation " + facts.metric_phrase(str(findings.value("training.best_metric", "score"))))
        best = facts.value_of(findings, "training.best_epoch")
        if best is not None:
            axes[1].axvline(best, color=INK, linewidth=1, linestyle=":")
            axes[1].annotate("kept", (best, 0.02), xycoords=("data", "axes fraction"), ha="right", rotation=90)
    for axis in axes:
        axis.set_xlabel("epoch")
        _whole_numbers(axis)
        axis.grid(axis="y", color=PALE, linewidth=0.8)
    return figure


def _line(axis: Axes, curve: list[dict[str, float]], key: str, **style: Any) -> None:
    points = [(record["epoch"], record[key]) for record in curve if key in record]
    if points:
        axis.plot(*zip(*points, strict=True), linewidth=2, markersize=5, **style)


def draw_scores(findings: Findings) -> Figure:
    """F1 of each type or class with its interval, the whole split's score as a line where it is the same metric."""
    split = facts.scored_split(findings)
    labels, note = chosen_groups(findings, split)
    known = facts.groups(findings, split)
    found = [(label, known[label]["f1"]) for label in labels if "f1" in known[label]]
    points = [(label, f, value) for label, f in found if (value := facts.number_of(f)) is not None]
    points.sort(key=lambda point: (-point[2], point[0]))
    figure, (axis,) = _blank(1.5 + 0.34 * len(points))
    for row, (_, finding, value) in enumerate(points):
        low, high = finding.interval or (value, value)
        axis.plot([low, high], [row, row], color=BLUE, linewidth=3, solid_capstyle="butt", alpha=0.45)
        axis.plot([value], [row], "o", color=BLUE, markersize=7)
    axis.set_yticks(range(len(points)), [f"{_label(label)}  (n={f.n or 0})" for label, f, _ in points])
    axis.set_ylim(-0.7, len(points) - 0.3)
    axis.invert_yaxis()
    axis.set_xlim(max(-0.01, axis.get_xlim()[0]), min(1.01, axis.get_xlim()[1]))
    axis.grid(axis="x", color=PALE, linewidth=0.8)
    axis.set_xlabel(f"F1 with 95 % interval, {split} split")
    if note:
        figure.suptitle(note.split(";")[0], x=0.02, ha="left", fontsize=13)
        axis.axhline(BEST - 0.5, color=INK, linewidth=0.8, linestyle=(0, (1, 4)))
    _mark_whole(axis, findings, split)
    return figure


def _mark_whole(axis: Axes, findings: Findings, split: str) -> None:
    metric = "f1" if facts.is_token_task(findings) else "macro_f1"
    whole = facts.value_of(findings, f"results.{split}.{metric}")
    if whole is not None:
        axis.axvline(whole, color=ORANGE, linewidth=1.5, linestyle="--")
        name = "all types" if metric == "f1" else "mean of all classes"
        place = ("data", "axes fraction")
        axis.annotate(name, (whole, 1.0), xycoords=place, ha="center", va="bottom", color=ORANGE)


def draw_confusion(findings: Findings) -> Figure:
    """A matrix of shares of each true label, or bars of the most confused pairs when there are many labels."""
    found = confusion_of(findings, facts.scored_split(findings))
    labels, counts = found or ([], [])
    return _matrix(labels, counts) if len(labels) <= MOST_LABELS else _pairs(findings)


def _matrix(labels: list[str], counts: list[list[int]]) -> Figure:
    side = len(labels)
    shares = [[cell / (sum(row) or 1) for cell in row] for row in counts]
    figure, (axis,) = _blank(max(3.5, 1.8 + 0.5 * side))
    axis.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    turn: dict[str, Any] = {"rotation": 35, "ha": "right"} if side > FLAT_LABELS else {}
    axis.set_xticks(range(side), [_label(label) for label in labels], **turn)
    totals = [f"{sum(row):,}" for row in counts]
    axis.set_yticks(range(side), [f"{_label(name)}  ({total})" for name, total in zip(labels, totals, strict=True)])
    axis.set_xlabel("predicted")
    axis.set_ylabel("true (number)")
    size = 11 if side <= 12 else 8
    for row in range(side):
        for column in range(side):
            if counts[row][column]:
                colour = "white" if shares[row][column] > DARK else INK
                text = percent(shares[row][column]).replace(" ", "") if side <= 12 else f"{shares[row][column]:.0%}"
                axis.text(column, row, text, ha="center", va="center", color=colour, fontsize=size)
    axis.set_title("Share of each true label")
    return figure


def _pairs(findings: Findings) -> Figure:
    pairs = most_confused(findings, facts.scored_split(findings))[:MOST_PAIRS]
    figure, (axis,) = _blank(1.3 + 0.55 * len(pairs))
    axis.barh(range(len(pairs)), [number for _, _, number in pairs], color=BLUE, height=0.65)
    axis.set_yticks(range(len(pairs)), [f"{_label(gold)}\n→ {_label(said)}" for gold, said, _ in pairs], fontsize=11)
    for row, (_, _, number) in enumerate(pairs):
        axis.text(number, row, f" {number}", va="center")
    _whole_numbers(axis)
    axis.set_ylim(len(pairs) - 0.4, -0.6)
    axis.set_xlabel("rows")
    figure.suptitle(f"The {len(pairs)} most confused pairs: true → predicted", x=0.02, ha="left", fontsize=13)
    return figure


def draw_lengths(findings: Findings) -> Figure:
    """Words a row: histograms where they were recorded, else median, 95th percentile and longest of each split."""
    histograms = {split: facts.mapping_of(findings, f"data.{split}.length_histogram") for split in facts.SPLITS}
    known = {split: h for split, h in histograms.items() if h.get("edges") and h.get("counts")}
    return _length_histograms(known) if known else _length_ranges(findings)


def _length_histograms(known: dict[str, dict[str, Any]]) -> Figure:
    figure, (axis,) = _blank(3.4)
    colours = {"train": (BLUE, "-"), "validation": (ORANGE, "--"), "test": (GREEN, ":")}
    for split, histogram in known.items():
        edges, counts = histogram["edges"], histogram["counts"]
        colour, line = colours[split]
        shares = [number / (sum(counts) or 1) * 100 for number in counts]
        axis.stairs(
            shares, [max(edge, LEAST_EDGE) for edge in edges], color=colour, linestyle=line, **STAIRS, label=split
        )
    _scale_by_bins(axis, max((h["edges"] for h in known.values()), key=len))
    axis.set_xlabel("words a row")
    axis.set_ylabel("% of rows in a bin")
    axis.legend(frameon=False)
    axis.grid(axis="y", color=PALE, linewidth=0.8)
    return figure


def _scale_by_bins(axis: Axes, edges: list[float]) -> None:
    """Bins that grow by a factor are drawn equally wide, so that a share reads as a height."""
    from matplotlib.ticker import NullFormatter

    axis.set_xscale("log")
    step = -(-len(edges) // MOST_TICKS)
    axis.set_xticks([max(edge, LEAST_EDGE) for edge in edges[::step]], [str(edge) for edge in edges[::step]])
    axis.xaxis.set_minor_formatter(NullFormatter())
    axis.minorticks_off()


def _length_ranges(findings: Findings) -> Figure:
    lengths = {split: facts.mapping_of(findings, f"data.{split}.length") for split in facts.SPLITS}
    splits = [s for s, v in lengths.items() if all(isinstance(v.get(k), int | float) for k in ("median", "p95", "max"))]
    figure, (axis,) = _blank(1.5 + 0.45 * len(splits))
    for row, split in enumerate(splits):
        median, high, most = (float(lengths[split][key]) for key in ("median", "p95", "max"))
        axis.plot([median, high], [row, row], color=BLUE, linewidth=5, solid_capstyle="butt", alpha=0.5)
        axis.plot([high, most], [row, row], color=BLUE, linewidth=1.2)
        for value, mark, name in ((median, "o", "median"), (high, "|", "95 %"), (most, "D", "longest")):
            style: dict[str, Any] = {"color": BLUE, "markersize": 8, "markeredgewidth": 2}
            axis.plot([value], [row], mark, label=name if row == 0 else None, **style)
    axis.set_yticks(range(len(splits)), splits)
    axis.set_ylim(-0.6, len(splits) - 0.4)
    axis.invert_yaxis()
    axis.set_xlim(left=0)
    axis.set_xlabel("words a row")
    axis.grid(axis="x", color=PALE, linewidth=0.8)
    axis.legend(frameon=False, ncols=3, loc="lower left", bbox_to_anchor=(0, 1))
    return figure


DRAWINGS: dict[str, Callable[[Findings], Figure]] = {
    "learning_curve": draw_learning_curve,
    "scores": draw_scores,
    "confusion": draw_confusion,
    "lengths": draw_lengths,
}
