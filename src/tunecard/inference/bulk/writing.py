"""Predictions to jsonl, csv or parquet, a window of rows at a time."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from tunecard.errors import DataError
from tunecard.inference.bulk.given_columns import plain
from tunecard.printable import printable

DECIMALS = 6
LINES = ".jsonl"
ENDINGS = (LINES, ".csv", ".parquet")
# Spreadsheets run a cell that begins with one of these (CWE-1236).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
Row = dict[str, Any]
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_MAYBE_STEERS = re.compile(r"[^\x00-\x7e]")  # JSON itself escapes the controls below


class RowWriter(Protocol):
    """Takes rows in order; `close` ends the file."""

    def write(self, rows: Sequence[Row]) -> None: ...

    def close(self) -> None: ...


def open_writer(stream: BinaryIO, suffix: str, columns: Mapping[str, pa.DataType], has_id: bool) -> RowWriter:
    """The writer for a suffix; `check_output` has said which there are."""
    if suffix == LINES:
        return _JsonRows(stream)
    schema = schema_of(columns, has_id)
    return _ParquetRows(stream, schema) if suffix == ".parquet" else _CsvRows(stream, schema.names)


def schema_of(columns: Mapping[str, pa.DataType], has_id: bool) -> pa.Schema:
    """All columns of a table of rows with their types."""
    every = {"row": pa.int64(), **({"id": pa.string()} if has_id else {}), **columns, "error": pa.string()}
    return pa.schema(list(every.items()))


def parquet_writer(stream: BinaryIO, schema: pa.Schema) -> pq.ParquetWriter:
    """What writes tables of rows as parquet."""
    return pq.ParquetWriter(stream, schema, compression="zstd")


def check_output(out: Path, source: Path | str) -> None:
    """Raises: DataError: an ending that is not written, a folder, or the input itself."""
    if out.suffix.lower() not in ENDINGS:
        raise DataError(
            f"{out.name}: the output must end in .jsonl, .csv or .parquet. Got {out.suffix or 'no suffix'!r}."
        )
    if out.is_dir():
        raise DataError(f"{out.name}: the output must be a file. Got a folder.")
    if out.exists() and Path(source).exists() and out.samefile(source):
        raise DataError(f"{out.name}: the output must be another file than the input.")


def rounded(value: Any) -> Any:
    """Probabilities to six decimals, at any depth: more is noise and triples a file.

    >>> rounded({"label": "a", "probabilities": {"a": 0.123456789}})
    {'label': 'a', 'probabilities': {'a': 0.123457}}
    """
    if isinstance(value, float):
        return round(value, DECIMALS)
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return [rounded(item) for item in value] if isinstance(value, list) else value


def guarded(cell: Any) -> Any:
    """A cell that no spreadsheet runs: text that could be a formula gets an apostrophe in front; a number is none.

    >>> guarded("=1+1"), guarded("plain"), guarded("-1.5"), guarded("-1+A1")
    ("'=1+1", 'plain', '-1.5', "'-1+A1")
    """
    could_run = isinstance(cell, str) and cell.startswith(FORMULA_STARTS) and not _NUMBER.fullmatch(cell)
    return "'" + cell if could_run else cell


class _JsonRows:
    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self._stream.write(_json_line(row))
        self._stream.flush()

    def close(self) -> None:
        self._stream.flush()


class _CsvRows:
    def __init__(self, stream: BinaryIO, names: list[str]) -> None:
        self._text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
        self._rows = csv.DictWriter(self._text, names)  # \r\n ends rows: with \n alone csv leaves a bare \r unquoted
        self._rows.writerow({name: guarded(name) for name in names})

    def write(self, rows: Sequence[Row]) -> None:
        self._rows.writerows({name: guarded(_cell(value)) for name, value in row.items()} for row in rows)

    def close(self) -> None:
        self._text.flush()
        self._text.detach()


class _ParquetRows:
    def __init__(self, stream: BinaryIO, schema: pa.Schema) -> None:
        self._schema = schema
        self._writer = parquet_writer(stream, schema)

    def write(self, rows: Sequence[Row]) -> None:
        texts = [{**row, "id": None if row["id"] is None else str(row["id"])} if "id" in row else row for row in rows]
        self._writer.write_table(pa.Table.from_pylist(texts, schema=self._schema))

    def close(self) -> None:
        self._writer.close()


def _json_line(row: Row) -> bytes:
    """One row as JSON that a terminal shows and does not obey: what it would obey is escaped, which JSON reads back."""
    text = json.dumps(row, ensure_ascii=False, allow_nan=False)
    return _MAYBE_STEERS.sub(_escaped, text).encode() + b"\n"


def _escaped(found: re.Match[str]) -> str:
    if printable(found[0]) == found[0]:
        return found[0]
    units = found[0].encode("utf-16-be").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))


def _cell(value: Any) -> Any:
    """Lists and mappings as JSON, truth values in JSON's spelling, times in ISO 8601."""
    value = plain(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict, bool)) else value
