"""What the adapter changed: how large its update is, layer by layer, and over how many directions it spreads."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tunecard.card import facts
from tunecard.card.markdown import escape
from tunecard.card.numbers import plain_number, significant
from tunecard.evidence import Findings

NORMS, SPECTRA = "examination.update_norms", "examination.singular_values"
_IN_LAYER = re.compile(r"^(?:.*?\.)?(\d+)\.(.+)$")
LEAST_UPDATES = 2
MOST_LAYERS_TOLD = 8


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
    """The size of every update by layer, and the widest and narrowest spectrum."""
    updates = [update for update in updates_of(findings) if update.size > 0]
    if len(updates) < LEAST_UPDATES:
        return ""
    names = short_kinds(updates)
    kinds = "; ".join(
        f"{escape(names[kind], 40)} {_sizes([update for update in updates if update.kind == kind])}" for kind in names
    )
    said = f"Size of each of {len(updates)} updates as a share of the frozen weight, by layer: {kinds}."
    ends = widest_and_narrowest(updates)
    if ends is not None:
        wide, narrow = (f"{_rank(one)} in {escape(one.module, 80)}" for one in ends)
        said += f" Directions that an update really uses (effective rank): from {narrow} to {wide}."
    return said


def _rank(update: Update) -> str:
    return f"{plain_number(update.effective_rank or 0.0)} of {len(update.values)}"


def _sizes(updates: list[Update]) -> str:
    """The sizes of one kind from the first layer to the last, or where they are least and greatest."""
    ordered = sorted(updates, key=lambda one: one.layer or 0)
    if len(ordered) <= MOST_LAYERS_TOLD:
        return ", ".join(significant(update.size, 2) for update in ordered)
    low, high = min(ordered, key=lambda one: one.size), max(ordered, key=lambda one: one.size)
    return " to ".join(f"{significant(one.size, 2)} (layer {one.layer})" for one in (low, high))


def _ending(kind: str, kinds: list[str]) -> str:
    parts = kind.split(".")
    for length in range(1, len(parts) + 1):
        ending = ".".join(parts[-length:])
        if sum(other == ending or other.endswith("." + ending) for other in kinds) == 1:
            return ending
    return kind


def _in_words(ending: str) -> str:
    return ending.removesuffix(".dense").replace(".", " ")
