"""Several labels a row, or none: lists, cells such as "a; b", and one column of 0 and 1 a label, to lists of names.

A list without entries says that the row has no label; a missing value, that nobody labelled it.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from tunecard.row_faults import GOT, RowFault
from tunecard.rows.table import Table
from tunecard.rows.text import shown
from tunecard.tasks.alike import MERGE, alike_fault, count_names, find_alike, merge_note, renamed
from tunecard.tasks.labels import label_order, name_of, unknown_names
from tunecard.tasks.missing import is_missing
from tunecard.tasks.naming import NamedLabels

SEPARATORS = ("|", ";", ",")  # the first that stands in a column parts its cells
FEWEST_COLUMNS = 3  # of 0 and 1 beside each other that are read as labels where nobody says so
LONGEST_NAME = 5  # words
UNSCORED = -1
_YES_NO = {"0": False, "1": True, "false": False, "true": True, "0.0": False, "1.0": True}
_NO_LIST = f"the labels must be a list of names or ids. Got {GOT}."
_NO_YES_OR_NO = (
    f"a column of a label must hold 0 or 1. Got {GOT}. Make numbers between them 0 or 1 by a threshold of your own."
)
_HALF_LABELLED = f"a row is labelled in all columns of labels or in none. Got {GOT}."
EMPTY_NOTE = "an empty field of labels is read as unlabelled; write [] where a row has no label"


def columns_in(name: str, table: Table) -> list[str]:
    """The columns that a role names: the one of this name, or several parted by commas; none where one is not there."""
    if name in table.columns:
        return [name]
    several = [part.strip() for part in name.split(",")]
    return several if len(several) > 1 and all(part in table.columns for part in several) else []


def label_columns(table: Table, taken: Sequence[str]) -> list[str]:
    """The columns of a table, those taken aside, that hold nothing but 0 and 1, where there are enough of them."""
    found = [
        name
        for name, values in table.columns.items()
        if name not in taken and any(value is not None for value in values) and all(map(_may_be_yes_no, values))
    ]
    return found if len(found) >= FEWEST_COLUMNS else []


def sets_of_columns(table: Table, names: Sequence[str]) -> tuple[list[list[str] | None], list[str]]:
    """The names of the columns with 1 in each row, None where all are missing or -1; and every fault."""
    rows: list[list[str] | None] = []
    problems: list[str] = []
    for row, values in enumerate(zip(*(table.columns[name] for name in names), strict=True)):
        are_open = [is_missing(value) or _as_text(value) == str(UNSCORED) for value in values]
        answers = [_YES_NO.get(_as_text(value)) for value in values]
        wrong = [i for i, answer in enumerate(answers) if answer is None and not are_open[i]]
        problems += [RowFault(_NO_YES_OR_NO, table.where(row), f"{shown(values[i])} in {names[i]!r}") for i in wrong]
        if any(are_open) and not all(are_open) and not wrong:
            problems.append(RowFault(_HALF_LABELLED, table.where(row), f"nothing in {names[are_open.index(True)]!r}"))
        rows.append(None if any(are_open) else [name for name, yes in zip(names, answers, strict=True) if yes])
    return rows, problems


def look_like_sets(values: Sequence[Any]) -> bool:
    """Whether the values of a column are lists, or texts that are several names each: "a; b" beside "b; c".

    Of texts with a separator the parts must be fewer than the texts, and short.

    >>> look_like_sets(["a; b", "b", "a", "a; b"]), look_like_sets(["Food, drink", "Sports"])
    (True, False)
    """
    given = [value for value in values if value is not None]
    lists = [value for value in given if isinstance(value, list)]
    if lists:  # beside names a list of one is a slip
        are_plain = not any(isinstance(item, dict | list) for value in lists for item in value)
        others = [value for value in given if not isinstance(value, list)]
        are_names = all(isinstance(value, str) for value in others) and any(len(value) > 1 for value in lists)
        return are_plain and (not others or are_names)
    texts = [value for value in given if isinstance(value, str) and not is_missing(value)]
    if not texts or len(texts) < sum(not is_missing(value) for value in given):
        return False
    if all(map(_is_bracketed, texts)):
        return True
    separator = _separator(texts)
    several = {text: [part.strip() for part in text.split(separator)] for text in set(texts)} if separator else {}
    parts = {part for found in several.values() for part in found}
    # of names that merely hold a comma there are more parts than texts
    is_short = all(len(part.split()) <= LONGEST_NAME for part in parts)
    return bool(parts) and is_short and "" not in parts and len(parts) <= len(several)


def name_sets(table: Table, names: Sequence[str] | None) -> tuple[list[list[str] | None], list[str]]:
    """The names of each row's labels (None: unlabelled), and every value that can be none.

    Args:
        table: with a column `label` of lists or of texts, or without one (then every row is unlabelled).
        names: in id order, where declared.
    """
    values = [value.tolist() if hasattr(value, "tolist") else value for value in table.column("label")]
    texts = [value for value in values if isinstance(value, str)]
    separator = _separator([text for text in texts if text not in (names or ()) and not _is_bracketed(text)])
    found: list[list[str] | None] = []
    problems: list[str] = []
    for row, value in enumerate(values):
        items = _items(value, names, separator)
        labels, faults = (None, []) if items is None else _names_of(items, names)
        found.append(labels)
        problems += [RowFault(fault, table.where(row), got) for fault, got in faults]
    return found, problems


def settle_sets(
    tables: Mapping[str, Table], labels: Mapping[str, list[Any]], declared: Sequence[str] | None, alike: str
) -> NamedLabels:
    """The labels of all splits, each row's in id order, their names, and every label that fits none.

    Args:
        alike: "merge" makes names that differ only in case, blanks or Unicode form one; else they are a fault.
    """
    every = [name for rows in labels.values() for row in rows for name in row or []]
    groups = find_alike(count_names(every), declared or ())
    problems: list[str] = []
    if groups and alike != MERGE:
        files = " and ".join(dict.fromkeys(table.file for table in tables.values()))
        problems.append(f"{files}: {alike_fault(groups, 'labels')}")
    new = renamed(groups, declared or ())
    notes = [merge_note([group for group in groups if group.kept in new.values()], "labels")] if new else []
    train = [name for row in labels.get("train", []) for name in row or []]
    names = label_order(train or every, declared)
    ids = {name: place for place, name in enumerate(names)}
    settled: dict[str, list[Any]] = {}
    places: dict[str, list[str]] = {}
    for split, rows in labels.items():
        settled[split] = [None if row is None else _ordered([new.get(name, name) for name in row], ids) for row in rows]
        for place, row in enumerate(settled[split]):
            for name in row or []:
                if name not in ids:
                    places.setdefault(name, []).append(tables[split].where(place))
    problems += unknown_names(places, names, is_declared=bool(declared))
    return NamedLabels(names, settled, notes=notes, problems=problems)


def _ordered(row: Sequence[str], ids: Mapping[str, int]) -> list[str]:
    """Each name once, in id order; unknown ones, which are a fault, behind."""
    return sorted(dict.fromkeys(row), key=lambda name: ids.get(name, len(ids)))


def _items(value: Any, names: Sequence[str] | None, separator: str) -> list[Any] | None:
    """The entries of one raw value; None where it is unlabelled, the value itself where it is no list."""
    if isinstance(value, list | tuple | set):
        return list(value)
    if is_missing(value) or (value == UNSCORED and not isinstance(value, bool)):
        return None
    if not isinstance(value, str):
        return [value]
    if value in (names or ()):
        return [value]
    if _is_bracketed(value):
        return _written_list(value)
    return [part.strip() for part in value.split(separator) if part.strip()] if separator else [value.strip()]


def _names_of(items: list[Any], names: Sequence[str] | None) -> tuple[list[str] | None, list[tuple[str, str]]]:
    found, faults = [], []
    for item in items:
        name, fault = (None, _NO_LIST) if isinstance(item, list | dict) else name_of(item, names)
        if name is None:
            faults.append((fault or _NO_LIST, shown(item)))
        else:
            found.append(name)
    return (None if faults else found), faults


def _written_list(text: str) -> list[Any]:
    """The entries of "['a', 'b']", "[0, 2]" or "[a, b]", as programs write lists into a cell."""
    try:
        found = ast.literal_eval(text.strip())
        if isinstance(found, list):
            return found
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        pass
    inside = text.strip()[1:-1]
    separator = _separator([inside])
    parts = inside.split(separator) if separator else inside.split()
    return [part.strip().strip("'\"") for part in parts if part.strip()]


def _is_bracketed(text: str) -> bool:
    return text.strip().startswith("[") and text.strip().endswith("]")


def _separator(texts: Sequence[str]) -> str:
    return next((mark for mark in SEPARATORS if any(mark in text for text in texts)), "")


def _as_text(value: Any) -> str:
    value = value.item() if type(value).__module__ == "numpy" and hasattr(value, "item") else value
    return str(value).strip().lower()


def _may_be_yes_no(value: Any) -> bool:
    return is_missing(value) or (not isinstance(value, list | dict) and _as_text(value) in _YES_NO)
