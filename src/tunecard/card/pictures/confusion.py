"""Which labels are taken for which: a matrix where it can be read, else the most confused pairs."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any

from tunecard.card import facts
from tunecard.card.markdown import escape
from tunecard.card.numbers import count
from tunecard.card.pictures.canvas import BLUE, DARK, INK, PAPER, SHADES, SMALL, blank, wrap_label
from tunecard.evidence import Findings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_LABELS = 12
MOST_PAIRS = 12
CELL, PAIR, LINE = 0.42, 0.52, 0.18  # inches
TICK_WIDTH = 14
PAIR_WIDTH = 48


def confusion_of(findings: Findings, split: str) -> tuple[list[str], list[list[int]]] | None:
    """(labels, counts) with counts[gold][predicted], or None when there is none or it is malformed."""
    value = findings.value(f"results.{split}.confusion")
    if not isinstance(value, dict):
        return None
    labels, counts = value.get("labels"), value.get("counts")
    if not isinstance(labels, list) or not isinstance(counts, list) or len(labels) < 2 or len(counts) != len(labels):
        return None
    if any(not isinstance(row, list) or len(row) != len(labels) for row in counts):
        return None
    return [str(label) for label in labels], [[int(cell) for cell in row] for row in counts]


def most_confused(findings: Findings, split: str) -> list[tuple[str, str, int]]:
    """(gold, predicted, count) of every wrong pair that occurs, most frequent first, ties by name."""
    found = confusion_of(findings, split)
    if found is None:
        return []
    labels, counts = found
    pairs = [
        (gold, said, counts[row][column])
        for row, gold in enumerate(labels)
        for column, said in enumerate(labels)
        if row != column and counts[row][column] > 0
    ]
    return sorted(pairs, key=lambda pair: (-pair[2], pair[0], pair[1]))


def is_matrix(labels: list[str]) -> bool:
    """Whether there are few enough labels for a matrix that a phone can show."""
    return len(labels) <= MOST_LABELS


def shown_pairs(findings: Findings) -> list[tuple[str, str, int]]:
    """(gold, predicted, count) of the most confused pairs."""
    return most_confused(findings, facts.scored_split(findings))[:MOST_PAIRS]


def unit_of(findings: Findings) -> str:
    """What is counted."""
    return facts.item_word(findings)


def sources(findings: Findings) -> list[str]:
    """What is drawn."""
    return [f"results.{facts.scored_split(findings)}.confusion"]


def words(findings: Findings) -> str:
    """How often each label is right, or the pairs that are drawn."""
    found = confusion_of(findings, facts.scored_split(findings))
    pairs = shown_pairs(findings)
    if found is None or not pairs:
        return ""
    labels, counts = found
    unit = unit_of(findings)
    if not is_matrix(labels):
        said = ", ".join(f"{escape(gold, 60)} read as {escape(other, 60)} {count(n)} times" for gold, other, n in pairs)
        return f"The most confused pairs of {len(labels)} labels, in {unit}: {said}."
    right = ", ".join(
        f"{escape(label, 40)} {count(row[place])}"
        for place, (label, row) in enumerate(zip(labels, counts, strict=True))
        if any(row)
    )
    return f"Confusion of true and predicted labels, in {unit}. Right: {right}."


def draw(findings: Findings) -> Figure:
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
    names = [wrap_label(name, TICK_WIDTH) for name in labels]
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
    names = [wrap_label(f"{gold} \u2192 {said}", PAIR_WIDTH) for gold, said, _ in pairs]
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
