"""What the adapter changed: how large its update is, layer by layer, and over how many directions it spreads."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tunecard.card import facts
from tunecard.card.markdown import escape
from tunecard.card.numbers import plain_number, significant
from tunecard.card.pictures.canvas import (
    BLUE,
    DARK,
    GREY,
    INK,
    PAPER,
    SHADES,
    SMALL,
    VERMILLION,
    blank,
    rules,
    whole_numbers,
    wrap_label,
)
from tunecard.evidence import Findings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NORMS, SPECTRA = "examination.update_norms", "examination.singular_values"
_IN_LAYER = re.compile(r"^(?:.*?\.)?(\d+)\.(.+)$")
LEAST_UPDATES = 2
LAYER, MOST_HEIGHT, SPECTRA_HEIGHT = 0.27, 7.0, 2.6  # inches
LEAST_LAYER = 0.19  # lower cells hold no number
EVERY: Any = {"color": GREY, "linewidth": 1, "alpha": 0.45}
ENDS: tuple[dict[str, Any], ...] = (
    {"color": BLUE, "marker": "o", "linestyle": "-"},
    {"color": VERMILLION, "marker": "s", "linestyle": "--"},
)


@dataclass(frozen=True)
class Update:
    """One adapted module: where it is, how large its update is beside the frozen weight, and its singular values.

    Attributes:
        module: full name in the base.
        layer: index of its layer, or None.
        kind: its name inside a layer, e.g. "attention.self.query"; the full name outside of layers.
        size: ||dW|| / ||W||.
        effective_rank: number of directions that it really uses, or None.
        values: singular values, largest first; empty when they were not recorded.
    """

    module: str
    layer: int | None
    kind: str
    size: float
    effective_rank: float | None
    values: tuple[float, ...]


def updates_of(findings: Findings) -> list[Update]:
    """Every update of known size, in recorded order."""
    spectra = {
        str(record.get("module")): tuple(float(v) for v in values if isinstance(v, int | float))
        for record in facts.records_of(findings, SPECTRA)
        if isinstance(values := record.get("values"), list)
    }
    found = []
    for record in facts.records_of(findings, NORMS):
        size, rank, module = record.get("relative_norm"), record.get("effective_rank"), str(record.get("module"))
        if isinstance(size, int | float):
            inside = _IN_LAYER.match(module)
            layer, kind = (int(inside[1]), inside[2]) if inside else (None, module)
            known_rank = float(rank) if isinstance(rank, int | float) else None
            found.append(Update(module, layer, kind, float(size), known_rank, spectra.get(module, ())))
    return found


def short_kinds(updates: list[Update]) -> dict[str, str]:
    """The shortest ending that tells each kind from the others, as words: "query", "attention output".

    >>> kinds = ["attention.self.query", "attention.output.dense", "output.dense"]
    >>> list(short_kinds([Update("", 0, kind, 0.1, None, ()) for kind in kinds]).values())
    ['query', 'attention output', 'output']
    """
    kinds = list(dict.fromkeys(update.kind for update in updates))
    return {kind: _in_words(_ending(kind, kinds)) for kind in kinds}


def widest_and_narrowest(updates: list[Update]) -> tuple[Update, Update] | None:
    """The updates of the greatest and of the least effective rank, when both have a spectrum."""
    known = [update for update in updates if update.effective_rank is not None and len(update.values) > 1]
    if len(known) < LEAST_UPDATES:
        return None
    ordered = sorted(known, key=lambda update: (update.effective_rank or 0.0, update.module))
    return ordered[-1], ordered[0]


def sources(findings: Findings) -> list[str]:
    """What is drawn."""
    return [NORMS, SPECTRA]


def words(findings: Findings) -> str:
    """The least and the greatest update, and the widest and narrowest spectrum."""
    updates = [update for update in updates_of(findings) if update.size > 0]
    if len(updates) < LEAST_UPDATES:
        return ""
    low, high = (significant(size(update.size for update in updates), 2) for size in (min, max))
    said = f"Size of each of {len(updates)} updates as a share of the frozen weight, by layer: from {low} to {high}."
    ends = widest_and_narrowest(updates)
    if ends is not None:
        wide, narrow = (f"{_rank(one)} in {escape(one.module, 80)}" for one in ends)
        said += f" Directions that an update really uses: from {narrow} to {wide}."
    return said


def _rank(update: Update) -> str:
    return f"{plain_number(update.effective_rank or 0.0)} of {len(update.values)}"


def _ending(kind: str, kinds: list[str]) -> str:
    parts = kind.split(".")
    for length in range(1, len(parts) + 1):
        ending = ".".join(parts[-length:])
        if sum(other == ending or other.endswith("." + ending) for other in kinds) == 1:
            return ending
    return kind


def _in_words(ending: str) -> str:
    return ending.removesuffix(".dense").replace(".", " ")


def draw(findings: Findings) -> Figure:
    """Sizes by layer and kind of module, where modules lie in layers; singular values, where they were recorded."""
    updates = [update for update in updates_of(findings) if update.size > 0]
    names = short_kinds(updates)
    inside = [update for update in updates if update.layer is not None]
    ends = widest_and_narrowest(updates)
    layers = sorted({update.layer for update in inside if update.layer is not None})
    step = min(LAYER, MOST_HEIGHT / max(len(layers), 1))
    heights = ([1.1 + step * len(layers)] if layers else []) + ([SPECTRA_HEIGHT] if ends is not None else [])
    title = "What the adapter changed: size of its updates, and how many directions they use"
    figure, axes = blank(sum(heights) + (0.9 if ends is not None else 0.2), title, tuple(heights) or (1,))
    if layers:
        _draw_sizes(axes[0], inside, layers, names, step)
    if ends is not None:
        _draw_spectra(axes[-1], updates, ends, names)
        figure.legend(loc="outside lower left")
    return figure


def _draw_sizes(axis: Axes, updates: list[Update], layers: list[int], names: dict[str, str], step: float) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    kinds = list(dict.fromkeys(update.kind for update in updates))
    cells = {(update.layer, update.kind): update.size * 100 for update in updates}
    greatest = max(cells.values())
    table = [[cells.get((layer, kind), float("nan")) for kind in kinds] for layer in layers]
    shades = LinearSegmentedColormap.from_list("shades", SHADES)
    axis.imshow(table, cmap=shades, vmin=0, vmax=greatest, aspect="auto")
    axis.set_xticks(
        range(len(kinds)), [wrap_label(names[kind], 12) for kind in kinds], rotation=90 if len(kinds) > 3 else 0
    )
    every = -(-len(layers) // 16)
    axis.set_yticks(range(0, len(layers), every), [str(layer) for layer in layers[::every]])
    axis.set_ylabel("layer")
    axis.tick_params(length=0)
    axis.set_title("Size of the update, % of the frozen weight")
    if step >= LEAST_LAYER:
        for row, line in enumerate(table):
            for column, value in enumerate(line):
                if not math.isnan(value):  # not every layer has every kind
                    colour = PAPER if value > DARK * greatest else INK
                    text = significant(value, 2)
                    axis.text(column, row, text, ha="center", va="center", color=colour, fontsize=SMALL)


def _draw_spectra(axis: Axes, updates: list[Update], ends: tuple[Update, Update], names: dict[str, str]) -> None:
    """Each spectrum as shares of its greatest value; the two of most and least effective rank stand out."""
    for update in updates:
        if update.values and update.values[0] > 0:
            axis.plot(*_shares(update), **EVERY)
    for update, style, word in zip(ends, ENDS, ("most even", "steepest"), strict=True):
        where = names[update.kind] + (f", layer {update.layer}" if update.layer is not None else "")
        told = f"{word}: {where} (effective rank {plain_number(update.effective_rank or 0.0)})"
        every = -(-len(update.values) // 16)
        axis.plot(*_shares(update), linewidth=2.2, markersize=6, label=told, markevery=every, **style)
    axis.plot([], [], label=f"all {len(updates)} updates", **EVERY)
    axis.set_xlabel("direction, strongest first")
    axis.set_ylabel("share of the\nstrongest")
    axis.set_ylim(0, 1.05)
    whole_numbers(axis)
    axis.set_title("Strength of its directions (singular values)")
    rules(axis, "y")


def _shares(update: Update) -> tuple[list[int], list[float]]:
    first = update.values[0] or 1.0
    return list(range(1, len(update.values) + 1)), [value / first for value in update.values]
