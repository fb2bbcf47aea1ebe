"""JSON lines (one object a row) and JSON arrays of objects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tunecard.data.readers.text_file import read_lines, read_text
from tunecard.errors import DataError
from tunecard.rows.table import Table, table_of


def read_jsonl(path: Path) -> Table:
    """Reads JSON lines; blank lines are no rows; a key that a row lacks is None there.

    Raises: DataError: empty, not UTF-8, a line that is not a JSON object (each named).
    """
    rows: list[dict[str, Any]] = []
    problems = []
    for number, line in enumerate(read_lines(path), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            problems.append(f"{path.name} line {number}: must be one JSON object. {_reason(error)}")
            continue
        if isinstance(row, dict):
            rows.append(row)
        else:
            problems.append(f"{path.name} line {number}: must be one JSON object. Got {_kind(row)}.")
    if problems:
        raise DataError(problems)
    return _table(path.name, rows)


def read_json(path: Path) -> Table:
    """Reads a JSON array of objects, or an object whose `data` is one.

    Raises: DataError: empty, not UTF-8, not JSON, or another shape.
    """
    try:
        content = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path.name}: must be a JSON array of objects. {_reason(error)}") from error
    rows = content.get("data") if isinstance(content, dict) else content
    if not isinstance(rows, list):
        raise DataError(f"{path.name}: must be a JSON array of objects. Got {_kind(content)}.")
    problems = [
        f"{path.name} row {i + 1}: must be a JSON object. Got {_kind(row)}."
        for i, row in enumerate(rows)
        if not isinstance(row, dict)
    ]
    if problems or not rows:
        raise DataError(problems or f"{path.name}: the array is empty. It must hold at least one row.")
    return _table(path.name, rows)


def _table(file: str, rows: list[dict[str, Any]]) -> Table:
    names = dict.fromkeys(name for row in rows for name in row)
    return table_of(file, {name: [row.get(name) for row in rows] for name in names})


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"Got broken JSON at column {error.colno} ({error.msg}). Mend or remove the line."
    return f"Got JSON that cannot be read ({error})."


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "an array", str: "a string", bool: "a truth value", type(None): "null"}
    return names.get(type(value), "a number")
