"""Lists that a table of text holds as they are printed: "['a', 'b']" in a cell is read as the list that it was.

Python's and JSON's form are read, and numpy's, which has blanks in the place of commas. Nothing is evaluated.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice
from typing import Any

from tunecard.data.readers.notes import Notes
from tunecard.data.readers.records import Fault, Record, Records, Row

LONGEST = 1_000_000  # characters of a cell
SAMPLE = 200
_ITEM = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|None|True|False|null|true|false"""
_TOKEN = re.compile(rf"\s*(?P<item>{_ITEM})(?P<mark>\s*,|\s+|\s*$)", re.DOTALL)
_JSON_WORDS = {"null": None, "true": True, "false": False}


def with_lists(records: Records) -> Records:
    """The same rows with a list in each cell of the columns whose first cells are all lists as they are printed."""
    first = list(islice(records.rows, SAMPLE))
    columns = [name for name in records.names if _are_lists(first, name)]
    if not columns:
        return replace(records, rows=chain(first, records.rows))
    for name in columns:
        records.notes[f"the cells of {name!r} are lists written as text, and read as lists"] = 0
    rows = chain(first, records.rows)
    return replace(records, rows=_read(rows, columns, records.notes))


def parse_list(text: str) -> tuple[list[Any], bool] | None:
    """A list of texts and numbers, and whether it has no commas, as numpy prints it; None where it is no list.

    >>> parse_list("['a', \\"it's\\"]"), parse_list("['a' 'b']"), parse_list("['a', 'b'"), parse_list("[so] it is")
    ((['a', "it's"], False), (['a', 'b'], True), None, None)
    """
    inner = text.strip()
    if len(inner) > LONGEST or not (inner.startswith("[") and inner.endswith("]")):
        return None
    as_json = _json_list(inner)
    if as_json is not None:
        return as_json, False
    try:
        return _printed_list(inner[1:-1].strip())
    except (ValueError, SyntaxError):  # 007, a number of thousands of digits, an escape that is none
        return None


def _json_list(text: str) -> list[Any] | None:
    """A list in JSON, whose escapes are not all those of Python; None where it is none, or nested."""
    try:
        items = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return None if any(isinstance(item, list | dict) for item in items) else list(items)


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is no value of JSON")


def _printed_list(inner: str) -> tuple[list[Any], bool] | None:
    items, at, marks = [], 0, set()
    while at < len(inner):
        found = _TOKEN.match(inner, at)
        if found is None:
            return None
        items.append(_value(found["item"]))
        at = found.end()
        if at < len(inner):
            marks.add("," in found["mark"])
    return (items, marks == {False}) if len(marks) < 2 else None


def _value(item: str) -> Any:
    return _JSON_WORDS[item] if item in _JSON_WORDS else ast.literal_eval(item)


def _are_lists(rows: list[Record], name: str) -> bool:
    cells = [row.values[name] for row in rows if isinstance(row, Row) and row.values.get(name)]
    return bool(cells) and all(isinstance(cell, str) and parse_list(cell) is not None for cell in cells)


def _read(rows: Iterator[Record], columns: list[str], notes: Notes) -> Iterator[Record]:
    for number, row in enumerate(rows, 1):
        if isinstance(row, Fault):
            yield row
            continue
        read = {name: parse_list(row.values[name]) for name in columns if row.values[name]}
        wrong = next((name for name, found in read.items() if found is None), None)
        if wrong is not None:
            yield Fault(f"row {number}", f"must hold a list in {wrong!r}, as the rows before it. Mend or remove it.")
            continue
        for name in (name for name, found in read.items() if found and found[1]):
            phrase = f"lists of {name!r} that numpy printed, without commas"
            notes[phrase] = notes.get(phrase, 0) + 1
        lists = {name: found[0] if found else None for name, found in read.items()}
        yield row._replace(values={**row.values, **dict.fromkeys(columns), **lists})
