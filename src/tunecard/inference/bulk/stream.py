"""An input of any length to predictions: in windows, so that memory stays constant; order kept; no row stops it."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from tunecard.counted import counted
from tunecard.data.readers.formats import open_rows
from tunecard.data.readers.notes import told
from tunecard.data.readers.options import AS_FOUND, ReadingOptions
from tunecard.data.readers.records import Fault, Records
from tunecard.errors import DataError
from tunecard.evidence.files import write_whole
from tunecard.inference.bulk.column_types import Kinds, kinds_of
from tunecard.inference.bulk.given_columns import GivenColumns, given_columns
from tunecard.inference.bulk.input_columns import choose_columns, id_column, value_of
from tunecard.inference.bulk.writing import LINES, Row, check_output, open_writer, rounded
from tunecard.inference.predictor import Predictor
from tunecard.rows.text import is_broken_text

WINDOW_ROWS = 2_000
WINDOW_CHARACTERS = 4_000_000  # a window of long documents holds fewer rows


@dataclass(frozen=True)
class StreamReport:
    """What a stream came to.

    Attributes:
        rows: that were read.
        errors: how many of them could not be predicted.
        notes: what was found and done in reading them, a sentence each.
        renamed: columns of the input whose name an answer has, to the name under which they were given back.
    """

    rows: int
    errors: int
    notes: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class InputRow:
    """One row to predict: its position, its id, its value, what is wrong with it, and its columns as they came."""

    row: int
    id: Any
    value: Any
    fault: str | None
    given: Mapping[str, Any] = field(default_factory=dict)


def predict_stream(  # noqa: PLR0913 - keywords, each of its own kind
    predictor: Predictor,
    source: Path | str,
    out: Path | None = None,
    *,
    columns: Mapping[str, str] | None = None,
    only_predictions: bool = False,
    on_rows: Callable[[int], None] | None = None,
    reading: ReadingOptions = AS_FOUND,
) -> StreamReport:
    """Predicts an input row by row.

    Every row of the input gives one row of output, in order: `row` (from 0), `id` where the input has such a column,
    the input's other columns as they came (a line of text as `text`), then what `Predictor.predict` gives, or `error`
    where the row cannot be predicted. Probabilities have six decimals. A column that has the name of an answer is given
    back as `input.NAME`. A table (csv, parquet) needs all columns and their types first: the input is read once before.

    Args:
        source: any file that a run reads, packed or not, a .txt (a text a line), or "-" for standard input (lines).
            .json and workbooks are read whole, anything else piece by piece.
        out: .jsonl, .csv or .parquet, written beside and renamed; without it jsonl goes to standard output.
        columns: role (text, text_pair, tokens) to column; else those that the adapter was made with where they are
            there, or usual names.
        only_predictions: leaves the input's columns out, `id` aside.
        on_rows: called with the number of rows done after each window.
        reading: separator and encoding of a file that does not tell them.
    Raises:
        DataError: no such file, an unknown ending, columns that are missing or doubtful.
        MachineError: the disk is full; `out` is then untouched.
    """
    if out is not None:
        check_output(out, source)
    reading = replace(reading, columns=columns or {})
    with ExitStack() as stack:
        records = open_rows(source, stack, reading)
        chosen = _columns(predictor, records, columns)
        suffix = LINES if out is None else out.suffix.lower()
        kinds = {} if only_predictions or suffix == LINES else _all_kinds(source, records, reading)
        answers = predictor.engine.task.answer_columns(list(chosen))
        given = None if only_predictions else given_columns(records.names, answers, kinds)
        job = _Job(predictor, records, chosen, given, on_rows)
        if out is None:
            return job.run(sys.stdout.buffer, suffix)
        reports: list[StreamReport] = []

        write_whole(out, lambda stream: reports.append(job.run(stream, suffix)))
        return reports[0]


def _all_kinds(source: Path | str, records: Records, reading: ReadingOptions) -> Kinds:
    """Every column of an input with its type; lines are text, and standard input cannot be read twice."""
    if records.are_lines:
        return kinds_of([[{name: ""} for name in records.names or ["text"]]])
    with ExitStack() as stack:
        rows = (record.values for record in open_rows(source, stack, reading).rows if not isinstance(record, Fault))
        return kinds_of(iter(lambda: list(islice(rows, WINDOW_ROWS)), []))


def count_rows(source: Path, reading: ReadingOptions = AS_FOUND) -> int:
    """The rows of a file as `predict_stream` reads them: read once more, which takes a small share of predicting them.

    Raises: DataError: as `predict_stream`.
    """
    with ExitStack() as stack, counted("Counting rows", None, "rows") as count:
        rows = 0
        for rows, _ in enumerate(open_rows(source, stack, reading).rows, start=1):
            if rows % WINDOW_ROWS == 0:
                count.advance(WINDOW_ROWS)
    return rows


@dataclass(frozen=True)
class _Job:
    predictor: Predictor
    records: Records
    columns: Mapping[str, str]
    given: GivenColumns | None
    on_rows: Callable[[int], None] | None

    def run(self, stream: BinaryIO, suffix: str) -> StreamReport:
        names = id_column(self.records.names)
        fields = self.predictor.engine.task.answer_columns(list(self.columns))
        fields = {**(self.given.fields if self.given else {}), **fields}
        writer = open_writer(stream, suffix, fields, names is not None)
        rows = errors = 0
        for window in _windows(self._rows(names)):
            results = _predict_window(self.predictor, window, self.given, names is not None)
            writer.write(results)
            rows += len(results)
            errors += sum("error" in result for result in results)
            if self.on_rows:
                self.on_rows(len(results))
        writer.close()
        notes = told([(self.records.file, self.records.notes)])
        return StreamReport(rows, errors, notes, self.given.renamed if self.given else {})

    def _rows(self, id_name: str | None) -> Iterator[InputRow]:
        for position, record in enumerate(self.records.rows):
            if isinstance(record, Fault):
                yield InputRow(position, None, None, record.reason)
                continue
            value, fault = value_of(record.values, self.columns, self.predictor.engine.task)
            id = _plain_id(record.values.get(id_name)) if id_name else None
            yield InputRow(position, id, value, fault or self.predictor.fault_of(value), record.values)


def _columns(predictor: Predictor, records: Records, told: Mapping[str, str] | None) -> dict[str, str]:
    task, is_pair = predictor.engine.task, predictor.is_pair
    if records.are_lines:
        if not task.words.reads_lines(is_pair):
            raise DataError(
                f"{records.file}: a line holds one text and this adapter reads {task.words.taken(is_pair)}. "
                "Give csv, jsonl or parquet."
            )
        return {"text": "text"}
    return choose_columns(records.names, task, is_pair, told, records.file, predictor.columns)


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
        characters += _length(list(row.given.values())) + (0 if row.fault or row.given else _length(row.value))
        if len(window) == WINDOW_ROWS or characters >= WINDOW_CHARACTERS:
            yield window
            window, characters = [], 0
    if window:
        yield window


def _length(value: Any) -> int:
    """Characters, at any depth."""
    if isinstance(value, str | bytes):
        return len(value)
    if isinstance(value, Mapping):
        return _length(list(value.values()))
    return sum(map(_length, value)) if isinstance(value, list | tuple) else 0


def _predict_window(
    predictor: Predictor, window: list[InputRow], given: GivenColumns | None, has_id: bool
) -> list[Row]:
    results = iter(predictor.predict_checked([row.value for row in window if row.fault is None]))
    return [
        {
            "row": row.row,
            **({"id": row.id} if has_id else {}),
            **(given.beside(row.given) if given else {}),
            **({"error": row.fault} if row.fault else rounded(next(results))),
        }
        for row in window
    ]
