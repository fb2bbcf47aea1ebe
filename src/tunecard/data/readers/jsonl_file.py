"""JSON lines (one object a row) and JSON arrays of objects; a key that a row lacks is None there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import chain, islice
from pathlib import Path
from typing import Any

from tunecard.data.readers.annotations.containers import unwrapped
from tunecard.data.readers.annotations.spacy import pair_as_object
from tunecard.data.readers.json_shapes import rows_in
from tunecard.data.readers.notes import Notes
from tunecard.data.readers.options import AS_FOUND, ReadingOptions
from tunecard.data.readers.records import Fault, Record, Records, Row, no_rows
from tunecard.data.readers.text_file import encoding_of, open_text, without_ends
from tunecard.errors import DataError
from tunecard.rows.text import shown
from tunecard.untrusted.bounded_json import load_json, once_each

_SAMPLE = 1_000  # rows that tell the columns
_BEGINNING = 250_000  # characters
_BLANKS = re.compile(r"[ \t\r\n]*")


def open_jsonl(path: Path, stack: ExitStack, options: ReadingOptions = AS_FOUND) -> Records:
    """JSON lines; blank lines are no rows. One array or one object over several lines is read as `open_json` does.

    Raises: DataError: no rows.
    """
    notes = dict(encoding_of(path, options).notes)
    if _begins_a_whole("".join(_first_lines(path, options)[:1])):
        return _open_whole(path, stack, options, notes)
    lines = enumerate(without_ends(open_text(path, stack, options)), 1)
    return _records(path.name, (_parse(line, f"line {number}") for number, line in lines if line.strip()), notes)


def open_json(path: Path, stack: ExitStack, options: ReadingOptions = AS_FOUND) -> Records:
    """JSON of any shape that `rows_in` knows, read whole; JSON lines, and objects one after the other, are read too.

    Raises: DataError: not JSON, another shape, no rows.
    """
    first = _first_lines(path, options)
    if len(first) > 1 and _is_object(first[0]):
        return open_jsonl(path, stack, options)
    return _open_whole(path, stack, options, dict(encoding_of(path, options).notes))


def _open_whole(path: Path, stack: ExitStack, options: ReadingOptions, notes: Notes) -> Records:
    text = open_text(path, stack, options).read()
    try:
        values = rows_in(unwrapped(_load(text, notes)), path.name, notes)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path.name}: must be a JSON array of objects. {_reason(error)}") from error
    return _records(path.name, (_row(value, f"row {number}") for number, value in enumerate(values, 1)), notes)


def _load(text: str, notes: Notes) -> Any:
    """The value of a text, or all values of one with several end to end."""
    try:
        return json.loads(text, object_pairs_hook=once_each)
    except json.JSONDecodeError as error:
        if not error.msg.startswith("Extra data") or not text.lstrip().startswith("{"):
            raise
    decoder, values, at = json.JSONDecoder(object_pairs_hook=once_each), [], 0
    while (at := _BLANKS.match(text, at).end()) < len(text):  # type: ignore[union-attr]  # it matches nothing, too
        value, at = decoder.raw_decode(text, at)
        values.append(value)
    notes["objects one after the other"] = 0
    return values


def _first_lines(path: Path, options: ReadingOptions) -> list[str]:
    """The first two lines that are not blank, as far as they lie in the beginning of the file."""
    with ExitStack() as stack:
        start = open_text(path, stack, options).read(_BEGINNING)
    return [line for line in start.split("\n") if line.strip()][:2]


def _begins_a_whole(line: str) -> bool:
    """Whether a first line begins a value that goes on below it: an array, or an object alone on its line."""
    start = line.strip()
    return start in ("{", "[", "[{") or (start.startswith("[") and not _is_list(start))


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _is_list(line: str) -> bool:
    """Whether a line is a list of its own, and no array of rows."""
    try:
        value = json.loads(line)
    except RecursionError:
        return True  # a fault of its line
    except ValueError:
        return False
    return isinstance(value, list) and not any(isinstance(item, dict | list) for item in value[:1])


def _records(file: str, rows: Iterator[Record], notes: Notes) -> Records:
    first = list(islice(rows, _SAMPLE))
    if not first:
        raise no_rows(file)
    return Records(file, _names(first), chain(first, rows), notes=notes)


def _names(rows: Iterable[Record]) -> list[str]:
    return list(dict.fromkeys(name for row in rows if isinstance(row, Row) for name in row.values))


def _parse(line: str, place: str) -> Record:
    try:
        return _row(load_json(line, pairs=once_each), place)
    except ValueError as error:
        return Fault(place, f"must be one JSON object. {_reason(error)}")


def _row(value: Any, place: str) -> Record:
    value = pair_as_object(value)
    return Row(value) if isinstance(value, dict) else Fault(place, f"must be one JSON object. Got {shown(value)}.")


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"Got broken JSON at column {error.colno} ({error.msg}). Mend or remove the line."
    return f"Got JSON that cannot be read ({error})."
