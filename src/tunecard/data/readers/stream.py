"""Rows of csv, tsv, jsonl, parquet or plain lines, one after the other: a broken row is a fault, never the end.

Numbering agrees with the readers of training data: a header is no row, a blank line of jsonl or of a csv with several
columns is none either, and an input of plain lines has a row a line.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from tunecard.errors import DataError, nearest
from tunecard.rows.text import shown

STDIN = "-"
MAX_FIELD = 2**24  # characters; an unclosed quotation mark must not swallow a whole file into memory
PARQUET_ROWS = 500
_SAMPLE = 1000
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Fault:
    """A row that cannot be read, and why."""

    reason: str


Record: TypeAlias = dict[str, Any] | Fault


@dataclass(frozen=True)
class Records:
    """An opened input.

    Attributes:
        file: its name, for faults.
        names: its columns; of jsonl those of the first rows.
        rows: an iterator that reads on demand.
        are_lines: plain lines, a text each.
    """

    file: str
    names: list[str]
    rows: Iterator[Record]
    are_lines: bool = False


def open_records(source: Path | str, stack: ExitStack) -> Records:
    """Opens an input by its suffix, or standard input for `-`.

    Args:
        stack: closes the file.
    Raises: DataError: no such file, an unknown kind, empty, not UTF-8, or no parquet file.
    """
    if str(source) == STDIN:
        return _stdin(stack)
    path = Path(source)
    if not path.is_file():
        there = [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
        raise DataError(f"{path}: no such file.{nearest(path.name, there)}")
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise DataError(
            f"{path.name}: must be one of {', '.join(READERS)}, or - for lines. Got {path.suffix or 'no suffix'!r}."
        )
    stack.callback(csv.field_size_limit, csv.field_size_limit(MAX_FIELD))
    if path.stat().st_size == 0:
        raise DataError(f"{path.name}: the file is empty. It must hold at least one row.")
    return reader(path, stack)


def _text(path: Path, stack: ExitStack, newline: str) -> io.TextIOWrapper:
    with path.open("rb") as stream:
        if stream.read(2) in _UTF16:
            raise DataError(f"{path.name}: must be UTF-8. Got UTF-16. Save the file as UTF-8.")
    # A byte that is not UTF-8 becomes a lone surrogate: it spoils its own row, which the row check names.
    return stack.enter_context(path.open(encoding="utf-8-sig", errors="surrogateescape", newline=newline))


def _stdin(stack: ExitStack) -> Records:
    stream = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig", errors="surrogateescape", newline="\n")
    stack.callback(stream.detach)
    return Records("standard input", ["text"], _texts(stream), are_lines=True)


def _lines(path: Path, stack: ExitStack) -> Records:
    return Records(path.name, ["text"], _texts(_text(path, stack, "\n")), are_lines=True)


def _texts(stream: io.TextIOWrapper) -> Iterator[Record]:
    return ({"text": line.rstrip("\n").removesuffix("\r")} for line in stream)


def _jsonl(path: Path, stack: ExitStack) -> Records:
    rows = (_object(line) for line in _text(path, stack, "\n") if line.strip())
    first = list(islice(rows, _SAMPLE))
    if not first:
        raise DataError(f"{path.name}: has no rows. It must hold at least one row.")
    names = list(dict.fromkeys(name for row in first if isinstance(row, dict) for name in row))
    return Records(path.name, names, chain(first, rows))


def _object(line: str) -> Record:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        return Fault(f"must be one JSON object. Got broken JSON at column {error.colno} ({error.msg}).")
    except (ValueError, RecursionError) as error:
        return Fault(f"must be one JSON object. Got JSON that cannot be read ({error}).")
    return row if isinstance(row, dict) else Fault(f"must be one JSON object. Got {shown(row)}.")


def _csv(path: Path, stack: ExitStack) -> Records:
    return _table(path, stack, ",", csv.QUOTE_MINIMAL)


def _tsv(path: Path, stack: ExitStack) -> Records:
    """Tab-separated; with quoting where that makes even rows (told from the first rows) and without it otherwise."""
    with ExitStack() as trial:
        records = _fields(_text(path, trial, ""), "\t", csv.QUOTE_MINIMAL)
        sample = list(islice(records, _SAMPLE))
    is_even = all(isinstance(record, list) and len(record) in (0, len(sample[0])) for record in sample)  # type: ignore[arg-type]
    return _table(path, stack, "\t", csv.QUOTE_MINIMAL if is_even else csv.QUOTE_NONE)


def _table(path: Path, stack: ExitStack, delimiter: str, quoting: int) -> Records:
    records = _fields(_text(path, stack, ""), delimiter, quoting)
    header = next(records, None)
    if isinstance(header, Fault) or not header:
        found = f"The first row {header.reason}" if isinstance(header, Fault) else "Got an empty line."
        raise DataError(f"{path.name}: must begin with a header that names the columns. {found}")
    if len(set(header)) < len(header):
        repeated = next(name for name in header if header.count(name) > 1)
        raise DataError(f"{path.name}: the header must name each column once. Got {repeated!r} more than once.")
    return Records(path.name, header, _rows(header, records))


def _fields(stream: io.TextIOWrapper, delimiter: str, quoting: int) -> Iterator[list[str] | Fault]:
    reader = csv.reader(stream, delimiter=delimiter, quoting=quoting, strict=True)  # type: ignore[arg-type]
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Fault(f"cannot be read as a row of {'CSV' if delimiter == ',' else 'TSV'} ({error}).")


def _rows(header: list[str], records: Iterator[list[str] | Fault]) -> Iterator[Record]:
    blank = 0  # in a file of one column a blank line is an empty text, unless only blank lines follow
    for record in records:
        if record == []:
            blank += len(header) == 1
            continue
        yield from ({header[0]: ""} for _ in range(blank))
        blank = 0
        if isinstance(record, Fault):
            yield record
        elif len(record) != len(header):
            yield Fault(f"must have {len(header)} columns as in the header. Got {len(record)}.")
        else:
            yield dict(zip(header, record, strict=True))


def _parquet(path: Path, stack: ExitStack) -> Records:
    try:
        file = stack.enter_context(pq.ParquetFile(path))
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path.name}: cannot be read as parquet ({str(error).splitlines()[0]}).") from error
    if file.metadata.num_rows == 0:
        raise DataError(f"{path.name}: has no rows. It must hold at least one row.")
    return Records(path.name, list(file.schema_arrow.names), _batches(path, file))


def _batches(path: Path, file: pq.ParquetFile) -> Iterator[Record]:
    try:
        for batch in file.iter_batches(batch_size=PARQUET_ROWS):
            yield from batch.to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path.name}: is damaged ({str(error).splitlines()[0]}). Fetch it again.") from error


READERS: dict[str, Callable[[Path, ExitStack], Records]] = {
    ".csv": _csv,
    ".tsv": _tsv,
    ".jsonl": _jsonl,
    ".ndjson": _jsonl,
    ".parquet": _parquet,
    ".txt": _lines,
}
