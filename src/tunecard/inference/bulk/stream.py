"""An input of any length to predictions: in windows, so that memory stays constant; order kept; no row stops it."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from tunecard.counted import counted
from tunecard.data.readers.formats import open_rows
from tunecard.data.readers.records import Fault, Records
from tunecard.errors import DataError
from tunecard.evidence.files import write_whole
from tunecard.inference.bulk.input_columns import choose_columns, id_column
from tunecard.inference.bulk.writing import Row, check_output, open_writer, rounded
from tunecard.inference.predictor import Predictor
from tunecard.rows.text import is_broken_text

WINDOW_ROWS = 2_000
WINDOW_CHARACTERS = 4_000_000  # a window of long documents holds fewer rows


@dataclass(frozen=True)
class StreamReport:
    """What a stream came to: rows read, and how many of them could not be predicted."""

    rows: int
    errors: int


@dataclass(frozen=True)
class InputRow:
    """One row to predict: its position, its id, its value, and what is wrong with it."""

    row: int
    id: Any
    value: Any
    fault: str | None


def predict_stream(
    predictor: Predictor,
    source: Path | str,
    out: Path | None = None,
    *,
    columns: Mapping[str, str] | None = None,
    on_rows: Callable[[int], None] | None = None,
) -> StreamReport:
    """Predicts an input row by row.

    Every row of the input gives one row of output, in order: `row` (from 0), `id` where the input has such a column,
    then what `Predictor.predict` gives, or `error` where the row cannot be predicted. Probabilities have six decimals.

    Args:
        source: .csv, .tsv, .jsonl, .parquet, .txt, or "-" for standard input (the last two: a text a line).
        out: .jsonl, .csv or .parquet, written beside and renamed; without it jsonl goes to standard output.
        columns: role (text, text_pair, tokens) to column; guessed where the names are usual.
        on_rows: called with the number of rows done after each window.
    Raises:
        DataError: no such file, an unknown ending, columns that are missing or doubtful.
        MachineError: the disk is full; `out` is then untouched.
    """
    if out is not None:
        check_output(out, source)
    with ExitStack() as stack:
        records = open_rows(source, stack)
        chosen = _columns(predictor, records, columns)
        job = _Job(predictor, records, chosen, on_rows)
        if out is None:
            return job.run(sys.stdout.buffer, ".jsonl")
        reports: list[StreamReport] = []

        write_whole(out, lambda stream: reports.append(job.run(stream, out.suffix.lower())))
        return reports[0]


def count_rows(source: Path) -> int:
    """The rows of a file as `predict_stream` reads them: read once more, which takes a small share of predicting them.

    Raises: DataError: as `predict_stream`.
    """
    with ExitStack() as stack, counted("Counting rows", None, "rows") as count:
        rows = 0
        for rows, _ in enumerate(open_rows(source, stack).rows, start=1):
            if rows % WINDOW_ROWS == 0:
                count.advance(WINDOW_ROWS)
    return rows


@dataclass(frozen=True)
class _Job:
    predictor: Predictor
    records: Records
    columns: Mapping[str, str]
    on_rows: Callable[[int], None] | None

    def run(self, stream: BinaryIO, suffix: str) -> StreamReport:
        names = id_column(self.records.names)
        fields = self.predictor.engine.task.answer_columns(list(self.columns))
        writer = open_writer(stream, suffix, fields, names is not None)
        rows = errors = 0
        for window in _windows(self._rows(names)):
            results = _predict_window(self.predictor, window, names is not None)
            writer.write(results)
            rows += len(results)
            errors += sum("error" in result for result in results)
            if self.on_rows:
                self.on_rows(len(results))
        writer.close()
        return StreamReport(rows, errors)

    def _rows(self, id_name: str | None) -> Iterator[InputRow]:
        for position, record in enumerate(self.records.rows):
            if isinstance(record, Fault):
                yield InputRow(position, None, None, record.reason)
                continue
            value, fault = _value_of(record.values, self.columns)
            id = _plain_id(record.values.get(id_name)) if id_name else None
            yield InputRow(position, id, value, fault or self.predictor.fault_of(value))


def _columns(predictor: Predictor, records: Records, told: Mapping[str, str] | None) -> dict[str, str]:
    if records.are_lines:
        if predictor.is_pair:
            raise DataError(
                f"{records.file}: a line holds one text and this adapter reads pairs. Give csv, jsonl or parquet."
            )
        return {"text": "text"}
    return choose_columns(records.names, predictor.engine.task, predictor.is_pair, told, records.file)


def _value_of(record: Mapping[str, Any], columns: Mapping[str, str]) -> tuple[Any, str | None]:
    missing = [name for name in columns.values() if name not in record]
    if missing:
        return None, f"has no {' and no '.join(repr(name) for name in missing)}."
    if "tokens" in columns:
        tokens = record[columns["tokens"]]
        return tokens, None if isinstance(tokens, list) else f"{columns['tokens']!r} must be a list of words."
    if "text_pair" in columns:
        return (record[columns["text"]], record[columns["text_pair"]]), None
    text = record[columns["text"]]
    return text, None if not isinstance(text, list) else f"{columns['text']!r} must be text. Got a list."


def _plain_id(value: Any) -> Any:
    """An id that every output can hold: text, a whole number, or nothing."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if isinstance(value, str):
        return value.encode(errors="replace").decode() if is_broken_text(value) else value
    return value if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _windows(rows: Iterator[InputRow]) -> Iterator[list[InputRow]]:
    window: list[InputRow] = []
    characters = 0
    for row in rows:
        window.append(row)
        characters += 0 if row.fault else _length(row.value)
        if len(window) == WINDOW_ROWS or characters >= WINDOW_CHARACTERS:
            yield window
            window, characters = [], 0
    if window:
        yield window


def _length(value: Any) -> int:
    return len(value) if isinstance(value, str) else sum(len(part) for part in value)


def _predict_window(predictor: Predictor, window: list[InputRow], has_id: bool) -> list[Row]:
    results = iter(predictor.predict_checked([row.value for row in window if row.fault is None]))
    return [
        {
            "row": row.row,
            **({"id": row.id} if has_id else {}),
            **({"error": row.fault} if row.fault else rounded(next(results))),
        }
        for row in window
    ]
