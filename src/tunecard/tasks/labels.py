"""Class labels to names: strings, ids with declared names, bare integers; what is missing means unlabelled.

A number whose text is a declared name is that name: 1 of "1", "2", "3" is "1". Where some names are numbers, numbers
are never positions, since one of both readings would shift every label by one. Where no name is a number, they are
positions in id order.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from tunecard.errors import nearest
from tunecard.row_faults import GOT, RowFault
from tunecard.rows.table import Table
from tunecard.rows.text import is_broken_text
from tunecard.tasks.alike import MERGE, alike_fault, count_names, find_alike, merge_note, renamed
from tunecard.tasks.minus_one import is_id, settle_minus_one
from tunecard.tasks.missing import doubtful_classes, is_missing
from tunecard.tasks.naming import NamedLabels, as_yaml

UNLABELLED = -1
_SHOWN_NAMES = 8
_MOST_ALONE = 5  # unknown labels that are told one by one, each with the nearest name
_WHOLE = re.compile(r"(-?\d{1,18})\.0+$", re.ASCII)  # how a table of numbers writes ids beside missing values
_KINDS = {float: "an infinite number", list: "a list, as in multi-label classification", dict: "an object"}
_MOST_GRADES = 11


def name_labels(table: Table, names: Sequence[str] | None) -> tuple[list[str | None], list[str]]:
    """The label of each row by name, and every value that can be no label.

    Args:
        table: with a column `label`, or without one (then every row is unlabelled).
        names: class names in id order, where declared.
    """
    labels: list[str | None] = []
    problems: list[str] = []
    seen: dict[str, tuple[str | None, str | None]] = {}  # a data set has few different texts and many rows
    for row, value in enumerate(table.column("label")):
        known = seen.get(value) if type(value) is str else None
        name, fault = known or name_of(value, names)
        if type(value) is str and fault is None:
            seen[value] = (name, fault)
        labels.append(name)
        if fault:
            problems.append(RowFault(fault, table.where(row)))
    return labels, problems


def name_of(value: Any, names: Sequence[str] | None) -> tuple[str | None, str | None]:
    """The name of one raw label (None: unlabelled) or, second, what is wrong with it.

    "-1" without declared names is left for `settle_labels`, which knows the others.
    """
    value = value.item() if type(value).__module__ == "numpy" and hasattr(value, "item") else value
    if isinstance(value, str) and is_broken_text(value):
        return None, "a label must be text. Got half a character (a lone surrogate)."
    forms = _forms(value)
    declared = next((form for form in forms if names and form in names), None)
    if declared is not None:
        return declared, None
    if is_missing(value):
        return None, None
    if not forms:
        return None, f"a label must be one class name or id. Got {_KINDS.get(type(value), 'another kind of value')}."
    return _name_of_id(int(forms[-1]), names) if is_id(forms[-1]) else (forms[-1], None)


def _forms(value: Any) -> list[str]:
    """The texts that a label may be declared as, the plainest last; none of what can be no label."""
    if isinstance(value, str):
        whole = _WHOLE.match(value)
        return [value, str(int(whole[1]))] if whole else [value]
    if isinstance(value, bool):
        return [str(value), str(value).lower()]
    if isinstance(value, float) and math.isfinite(value):
        return [repr(value), *([str(int(value))] if value.is_integer() else [])]
    return [str(value)] if isinstance(value, int) else []


def _name_of_id(value: int, names: Sequence[str] | None) -> tuple[str | None, str | None]:
    if not names:
        return str(value), None
    if value == UNLABELLED:
        return None, None
    if any(map(is_id, names)):
        listed = f"{', '.join(map(repr, names[:_SHOWN_NAMES]))}{' and more' if len(names) > _SHOWN_NAMES else ''}"
        return (
            None,
            f"label {value} is none of the declared names {listed}: where names are numbers, numbers are names.",
        )
    if 0 <= value < len(names):
        return names[value], None
    return None, f"label {value} is not an id from 0 to {len(names) - 1} of the {len(names)} declared labels."


def settle_classes(
    tables: Mapping[str, Table], labels: Mapping[str, list[Any]], declared: Sequence[str] | None, alike: str
) -> NamedLabels:
    """Classes of all splits, their names in id order, and every label that fits none.

    Args:
        alike: "merge" makes names that differ only in case, blanks or Unicode form one; else they are a fault.
    """
    settled, note, problems = settle_minus_one(tables, labels, declared)
    if problems:
        return NamedLabels([], settled, problems=problems)
    every = [label for several in settled.values() for label in several]
    notes = [note, doubtful_classes(every), _numbers_as_names(every, declared)]
    groups = find_alike(count_names(every), declared or ())
    if groups and alike != MERGE:
        problems.append(_at_files(tables, alike_fault(groups, "labels")))
    if new := renamed(groups, declared or ()):
        settled = {split: [new.get(label, label) for label in several] for split, several in settled.items()}
        notes.append(merge_note([group for group in groups if group.kept in new.values()], "labels"))
    deciding = settled.get("train") or [label for several in settled.values() for label in several]
    names = label_order(deciding, declared)
    problems += unknown_labels(tables, settled, names, is_declared=bool(declared))
    return NamedLabels(names, settled, notes=[said for said in notes if said], problems=problems)


def _at_files(tables: Mapping[str, Table], fault: str) -> str:
    return f"{' and '.join(dict.fromkeys(table.file for table in tables.values()))}: {fault}"


def _numbers_as_names(labels: Sequence[str | None], declared: Sequence[str] | None) -> str:
    """A note where a number is both a declared name and the position of another one."""
    names = list(declared or [])
    read = sorted({label for label in labels if label is not None and is_id(label)}, key=int)
    both = [label for label in read if 0 <= int(label) < len(names) and names[int(label)] != label]
    if not both:
        return ""
    return (
        f"labels that are numbers are read as the declared names and never as positions: {both[0]} is the class "
        f"{both[0]!r}, not {names[int(both[0])]!r}"
    )


def label_order(labels: Sequence[str | None], declared: Sequence[str] | None) -> list[str]:
    """Class names in id order: as declared; else sorted (as numbers, where all of them are)."""
    if declared:
        return list(declared)
    found = {label for label in labels if label is not None}
    if all(is_id(label) for label in found):
        return sorted(found, key=int)
    return sorted(found)


def unknown_labels(
    tables: Mapping[str, Table], labels: Mapping[str, Sequence[str | None]], known: Sequence[str], *, is_declared: bool
) -> list[str]:
    """One sentence for each label that is not known, with its places, the nearest name and what to do.

    Args:
        labels: split to labels by name.
        known: names in id order, declared or those of train.
    """
    names = set(known)
    places: dict[str, list[str]] = {}
    for split, several in labels.items():
        for row, label in enumerate(several):
            if label is not None and label not in names:
                places.setdefault(label, []).append(tables[split].where(row))
    return unknown_names(places, known, is_declared=is_declared)


def unknown_names(places: Mapping[str, Sequence[str]], known: Sequence[str], *, is_declared: bool) -> list[str]:
    """Faults of labels that are not known; many different ones in one sentence.

    Args:
        places: each such label to where it stands.
    """
    if len(places) > _MOST_ALONE:
        every = [place for several in places.values() for place in several]
        told = f"{len(places):,} labels are not among the {len(known)} known ones: {GOT}.{_known_names(known)}"
        return [RowFault(told + _what_to_do(known, None, is_declared), every, [repr(name) for name in places])]
    return [
        RowFault(not_one_of("label", name, known) + _what_to_do(known, name, is_declared), several)
        for name, several in places.items()
    ]


def _what_to_do(known: Sequence[str], name: str | None, is_declared: bool) -> str:
    if is_declared:
        return " Mend the label, add it to the declared names, or empty it, which leaves the row out."
    listed = [*known, *([name] if name is not None else [])]
    key = f"`data.labels: {as_yaml(listed)}`" if name is not None and len(listed) <= _SHOWN_NAMES else "`data.labels`"
    return f" Train has no such row: add some, name all labels ({key}), mend this one, or remove the row."


def head_of_classes_fault(outputs: int) -> str | None:
    """What keeps a head with so many outputs from telling labels apart."""
    if outputs > 1:
        return None
    return f"the head gives {outputs} number. This version completes classifiers, which tell at least 2 labels apart."


def not_one_of(what: str, name: str, known: Sequence[str]) -> str:
    """The sentence "label 'protien' is not one of 5 labels. Did you mean 'protein'?"."""
    return f"{what} {name!r} is not one of {len(known)} labels.{nearest(name, known) or _known_names(known)}"


def _known_names(known: Sequence[str]) -> str:
    return f" They are {', '.join(map(repr, known))}." if len(known) <= _SHOWN_NAMES else ""


def numbers_as_classes(labels: Sequence[str | None]) -> str:
    """What to say where classes are a few whole numbers, as ratings are; "" else."""
    found = {label for label in labels if label is not None}
    if not 2 < len(found) <= _MOST_GRADES or not all(map(is_id, found)):
        return ""
    ordered = sorted(found, key=int)
    return (
        f"the labels are the whole numbers {ordered[0]} to {ordered[-1]} and are read as {len(ordered)} classes; "
        "where they are grades or ratings to be predicted as a number, set `task: regression`"
    )
