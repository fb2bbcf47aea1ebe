"""Class labels to names: strings, ids with declared names, bare integers; -1 or nothing means unlabelled."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from tunecard.errors import nearest
from tunecard.rows.table import Table

UNLABELLED = -1
_SHOWN_NAMES = 8
_KINDS = {
    float: "a number with a fraction, as in regression",
    list: "a list, as in multi-label classification",
    dict: "an object",
}


def name_labels(table: Table, names: Sequence[str] | None) -> tuple[list[str | None], list[str]]:
    """The label of each row by name, and one sentence for each value that can be no label.

    Args:
        table: with a column `label`, or without one (then every row is unlabelled).
        names: class names in id order, where declared.
    """
    labels: list[str | None] = []
    faults: dict[str, list[int]] = {}
    for row, value in enumerate(table.column("label")):
        name, fault = name_of(value, names)
        labels.append(name)
        if fault:
            faults.setdefault(fault, []).append(row)
    return labels, [f"{table.where_all(rows)}: {fault}" for fault, rows in faults.items()]


def name_of(value: Any, names: Sequence[str] | None) -> tuple[str | None, str | None]:
    """The name of one raw label (None: unlabelled) or, second, what is wrong with it."""
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return None, None
    if isinstance(value, bool):
        return str(value).lower(), None
    if isinstance(value, str):
        return _name_of_text(value, names)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int):
        return None, f"a label must be one class name or id. Got {_KINDS.get(type(value), 'another kind of value')}."
    return _name_of_id(value, names)


def label_order(labels: Sequence[str | None], declared: Sequence[str] | None) -> list[str]:
    """Class names in id order: as declared; else sorted (as numbers, where all of them are)."""
    if declared:
        return list(declared)
    found = {label for label in labels if label is not None}
    if all(_is_id(label) for label in found):
        return sorted(found, key=int)
    return sorted(found)


def unknown_labels(table: Table, labels: Sequence[str | None], known: Sequence[str]) -> list[str]:
    """One sentence for each row whose label is not known, with the nearest name."""
    names = set(known)
    return [
        f"{table.where(row)}: {not_one_of('label', label, known)}"
        for row, label in enumerate(labels)
        if label is not None and label not in names
    ]


def head_of_classes_fault(outputs: int) -> str | None:
    """What keeps a head with so many outputs from telling labels apart."""
    if outputs > 1:
        return None
    return f"the head gives {outputs} number. This version completes classifiers, which tell at least 2 labels apart."


def not_one_of(what: str, name: str, known: Sequence[str]) -> str:
    """The sentence "label 'protien' is not one of 5 labels. Did you mean 'protein'?"."""
    hint = nearest(name, known)
    if not hint and len(known) <= _SHOWN_NAMES:
        hint = f" They are {', '.join(repr(other) for other in known)}."
    return f"{what} {name!r} is not one of {len(known)} labels.{hint}"


def _name_of_text(value: str, names: Sequence[str] | None) -> tuple[str | None, str | None]:
    if names and value in names:
        return value, None
    if _is_id(value):
        return _name_of_id(int(value), names)
    return value, None


def _name_of_id(value: int, names: Sequence[str] | None) -> tuple[str | None, str | None]:
    if value == UNLABELLED:
        return None, None
    if not names:
        return str(value), None
    if 0 <= value < len(names):
        return names[value], None
    return None, f"label {value} is not an id from 0 to {len(names) - 1} of the {len(names)} declared labels."


def _is_id(text: str) -> bool:
    """Whether a text is an integer in plain form: "7" and "-1" are, "007" and "+7" are not."""
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit() and str(int(text)) == text
