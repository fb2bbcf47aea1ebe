"""Rows in a JSON value of whatever shape: a list of them, one list in an object, columns, a row a key, or SQuAD's nest.

What is told: any shape but a plain list, and `data`. What is refused: several lists.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunecard.data.readers.notes import Notes
from tunecard.data.readers.squad_articles import are_articles, questions_of
from tunecard.errors import DataError
from tunecard.rows.text import shown

DATA = "data"


def rows_in(content: Any, file: str, notes: Notes) -> list[Any]:
    """The rows of a JSON value; `notes` is told where they were not simply a list.

    Raises: DataError: no rows can be told.
    """
    values = content if isinstance(content, list) else _rows_of(content, file, notes)
    if are_articles(values):
        notes["articles of paragraphs with questions, as SQuAD has them, a row a question"] = 0
        return list(questions_of(values))
    return values


def _rows_of(content: Any, file: str, notes: Notes) -> list[Any]:
    if not isinstance(content, dict) or not content:
        raise DataError(f"{file}: must be a JSON array of objects. Got {shown(content)}.")
    if _is_split_form(content):
        notes["columns, index and data, as pandas writes them"] = 0
        return [dict(zip(content["columns"], row, strict=True)) for row in content[DATA]]
    lists = [key for key, value in content.items() if _is_list_of_rows(value)]
    if DATA in lists or len(lists) == 1:
        key = DATA if DATA in lists else lists[0]
        others = [name for name in lists if name != key]
        if others:
            notes[f"the rows are those under {key!r}; those under {', '.join(map(repr, others[:10]))} are left out"] = 0
        elif key != DATA:
            notes[f"the rows are those under {key!r}"] = 0
        return list(content[key])
    if len(lists) > 1:
        raise DataError(
            f"{file}: holds several lists of rows: {', '.join(map(repr, lists[:10]))}. "
            "Write each to a file of its own, and name the files in `data.source`, a path for each split."
        )
    return _turned(content, file, notes)


def _turned(content: Mapping[str, Any], file: str, notes: Notes) -> list[Any]:
    """Rows out of columns, or of an object with a key a row."""
    values = list(content.values())
    if all(isinstance(value, list) for value in values) and len({len(value) for value in values}) == 1:
        notes["a list a column, turned into rows"] = 0
        return [dict(zip(content, row, strict=True)) for row in zip(*values, strict=True)]
    if all(isinstance(value, dict) and value for value in values):
        keys = list(values[0])
        if all(list(value) == keys for value in values) and all(key.isdigit() for key in keys):
            notes["a column a key, as pandas writes it, turned into rows"] = 0
            return [{name: column[key] for name, column in content.items()} for key in keys]
        if len(values) > 1:
            notes["a row a key; the keys themselves are left out"] = 0
            return values
    if not any(isinstance(value, dict | list) for value in values):
        return [content]  # one row
    if isinstance(content.get(DATA), list):
        return list(content[DATA])  # whose faults are told one by one
    raise DataError(f"{file}: must be a JSON array of objects, or an object with one in it. Got {shown(content)}.")


def _is_split_form(content: Mapping[str, Any]) -> bool:
    columns, rows = content.get("columns"), content.get(DATA)
    return (
        isinstance(columns, list)
        and isinstance(rows, list)
        and all(isinstance(row, list) and len(row) == len(columns) for row in rows)
        and all(isinstance(name, str) for name in columns)
    )


def _is_list_of_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)
