"""JSON lines (one object a row) and JSON arrays of objects; a key that a row lacks is None there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import chain, islice
from pathlib import Path
from typing import Any

from tunecard.data.readers.annotations.containers import rows_within
from tunecard.data.readers.annotations.spacy import pair_as_object
from tunecard.data.readers.options import AS_FOUND, ReadingOptions
from tunecard.data.readers.records import Fault, Record, Records, Row, no_rows
from tunecard.data.readers.text_file import open_text, without_ends
from tunecard.errors import DataError
from tunecard.rows.text import shown
from tunecard.untrusted.bounded_json import load_json

_SAMPLE = 1_000  # rows that tell the columns


def open_jsonl(path: Path, stack: ExitStack, options: ReadingOptions = AS_FOUND) -> Records:
    """JSON lines; blank lines are no rows. Raises: DataError: UTF-16, no rows."""
    lines = enumerate(without_ends(open_text(path, stack)), 1)
    return _records(path.name, (_parse(line, f"line {number}") for number, line in lines if line.strip()))


def open_json(path: Path, stack: ExitStack, options: ReadingOptions = AS_FOUND) -> Records:
    """A JSON array of objects, or an object whose `data` is one; read whole.

    Raises: DataError: UTF-16, not JSON, another shape, no rows.
    """
    try:
        content = json.load(open_text(path, stack))
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path.name}: must be a JSON array of objects. {_reason(error)}") from error
    values = rows_within(content)
    if values is None:
        raise DataError(f"{path.name}: must be a JSON array of objects. Got {shown(content)}.")
    return _records(path.name, (_row(value, f"row {number}") for number, value in enumerate(values, 1)))


def _records(file: str, rows: Iterator[Record]) -> Records:
    first = list(islice(rows, _SAMPLE))
    if not first:
        raise no_rows(file)
    return Records(file, _names(first), chain(first, rows))


def _names(rows: Iterable[Record]) -> list[str]:
    return list(dict.fromkeys(name for row in rows if isinstance(row, Row) for name in row.values))


def _parse(line: str, place: str) -> Record:
    try:
        return _row(load_json(line), place)
    except ValueError as error:
        return Fault(place, f"must be one JSON object. {_reason(error)}")


def _row(value: Any, place: str) -> Record:
    value = pair_as_object(value)
    return Row(value) if isinstance(value, dict) else Fault(place, f"must be one JSON object. Got {shown(value)}.")


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"Got broken JSON at column {error.colno} ({error.msg}). Mend or remove the line."
    return f"Got JSON that cannot be read ({error})."
