"""An input of any length to predictions: in windows, so that memory stays constant; order kept; no row stops it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from tunecard.counted import counted
from tunecard.data.readers.formats import open_rows
from tunecard.data.readers.notes import told
from tunecard.data.readers.options import AS_FOUND, ReadingOptions
from tunecard.data.readers.records import Records
from tunecard.evidence.files import write_whole
from tunecard.inference.bulk.answering import Layout, answer_window, columns_to_read, count_errors, layout_of
from tunecard.inference.bulk.column_types import Kinds, kinds_of
from tunecard.inference.bulk.windows import WINDOW_ROWS, readable, windows_of
from tunecard.inference.bulk.writing import LINES, check_output, open_writer
from tunecard.inference.predictor import Predictor


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
        task = predictor.engine.task
        chosen = columns_to_read(records, task, predictor.is_pair, columns, predictor.columns)
        suffix = LINES if out is None else out.suffix.lower()
        kinds = {} if only_predictions or suffix == LINES else _all_kinds(source, records, reading)
        layout = layout_of(task, records.names, chosen, kinds, only_predictions=only_predictions)
        job = _Job(predictor, records, layout, on_rows)
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
        windows = windows_of(open_rows(source, stack, reading).rows)
        return kinds_of(readable(window) for window in windows)


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
    layout: Layout
    on_rows: Callable[[int], None] | None

    def run(self, stream: BinaryIO, suffix: str) -> StreamReport:
        writer = open_writer(stream, suffix, self.layout.fields, self.layout.has_id)
        rows = errors = 0
        for window in windows_of(self.records.rows):
            results = answer_window(self.predictor, window, rows, self.layout)
            writer.write(results)
            rows += len(results)
            errors += count_errors(results)
            if self.on_rows:
                self.on_rows(len(results))
        writer.close()
        return StreamReport(rows, errors, told([(self.records.file, self.records.notes)]), self.layout.renamed)
