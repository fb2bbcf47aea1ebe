"""Where the adapter acts, and over how many directions: a matrix of sizes above, spectra below."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tunecard.card.drawing.palette import BLUE, DARK, GREY, INK, PAPER, SHADES, VERMILLION
from tunecard.card.numbers import plain_number, significant
from tunecard.card.pictures.canvas import SMALL, blank, label, rules, whole_numbers
from tunecard.card.pictures.spectra import Update, short_kinds, updates_of, widest_and_narrowest
from tunecard.evidence import Findings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LAYER, MOST_HEIGHT, SPECTRA = 0.27, 7.0, 2.6  # inches
LEAST_LAYER = 0.19  # lower cells hold no number
EVERY: Any = {"color": GREY, "linewidth": 1, "alpha": 0.45}
ENDS: tuple[dict[str, Any], ...] = (
    {"color": BLUE, "marker": "o", "linestyle": "-"},
    {"color": VERMILLION, "marker": "s", "linestyle": "--"},
)


def draw_spectra(findings: Findings) -> Figure:
    """Sizes by layer and kind of module, where modules lie in layers; singular values, where they were recorded."""
    updates = [update for update in updates_of(findings) if update.size > 0]
    names = short_kinds(updates)
    inside = [update for update in updates if update.layer is not None]
    ends = widest_and_narrowest(updates)
    layers = sorted({update.layer for update in inside if update.layer is not None})
    step = min(LAYER, MOST_HEIGHT / max(len(layers), 1))
    heights = ([1.1 + step * len(layers)] if layers else []) + ([SPECTRA] if ends is not None else [])
    title = "What the adapter changed: size of its updates, and how many directions they use"
    figure, axes = blank(sum(heights) + (0.9 if ends is not None else 0.2), title, tuple(heights) or (1,))
    if layers:
        _sizes(axes[0], inside, layers, names, step)
    if ends is not None:
        _spectra(axes[-1], updates, ends, names)
        figure.legend(loc="outside lower left")
    return figure


def _sizes(axis: Axes, updates: list[Update], layers: list[int], names: dict[str, str], step: float) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    kinds = list(dict.fromkeys(update.kind for update in updates))
    cells = {(update.layer, update.kind): update.size * 100 for update in updates}
    greatest = max(cells.values())
    table = [[cells.get((layer, kind), float("nan")) for kind in kinds] for layer in layers]
    shades = LinearSegmentedColormap.from_list("shades", SHADES)
    axis.imshow(table, cmap=shades, vmin=0, vmax=greatest, aspect="auto")
    axis.set_xticks(range(len(kinds)), [label(names[kind], 12) for kind in kinds], rotation=90 if len(kinds) > 3 else 0)
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


def _spectra(axis: Axes, updates: list[Update], ends: tuple[Update, Update], names: dict[str, str]) -> None:
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
