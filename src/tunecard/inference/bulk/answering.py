"""A window of records to rows of output: what is read of each, its answer or its error, and its columns beside it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from tunecard.data.readers.records import Fault, Record, Records
from tunecard.errors import DataError
from tunecard.inference.bulk.column_types import Kinds
from tunecard.inference.bulk.given_columns import GivenColumns, given_columns
from tunecard.inference.bulk.input_columns import choose_columns, id_column, value_of
from tunecard.inference.bulk.mappings import Answering
from tunecard.inference.bulk.writing import Row, rounded
from tunecard.rows.text import is_broken_text
from tunecard.tasks import Task


@dataclass(frozen=True)
class Layout:
    """What is read of an input, and what an output holds.

    Attributes:
        columns: role to column of what is predicted.
        given: the input's columns that are given back; None for none.
        id_name: the column that identifies rows.
        fields: name to type of every column between `id` and `error`.
    """

    columns: Mapping[str, str]
    given: GivenColumns | None
    id_name: str | None
    fields: Mapping[str, pa.DataType]

    @property
    def has_id(self) -> bool:
        """Whether rows have ids."""
        return self.id_name is not None

    @property
    def renamed(self) -> dict[str, str]:
        """Columns of the input whose name an answer has, to the name under which they are given back."""
        return self.given.renamed if self.given else {}


@dataclass(frozen=True)
class InputRow:
    """One row to predict: its position, its id, its value, what is wrong with it, and its columns as they came."""

    row: int
    id: Any
    value: Any
    fault: str | None
    given: Mapping[str, Any] = field(default_factory=dict)


def columns_to_read(
    records: Records, task: Task, is_pair: bool | None, told: Mapping[str, str] | None, learned: Mapping[str, str]
) -> dict[str, str]:
    """Role to column of an opened input; arguments as of `choose_columns`.

    Raises: DataError: columns that are missing or doubtful, or lines where a row is more than a text.
    """
    if not records.are_lines:
        return choose_columns(records.names, task, is_pair, told, records.file, learned)
    if not task.words.reads_lines(is_pair):
        raise DataError(
            f"{records.file}: a line holds one text and this adapter reads {task.words.taken(is_pair)}. "
            "Give csv, jsonl or parquet."
        )
    return {"text": "text"}


def layout_of(
    task: Task, names: list[str], columns: Mapping[str, str], kinds: Kinds, *, only_predictions: bool
) -> Layout:
    """The layout of an output.

    Args:
        names: the input's columns.
        columns: role to column of what is predicted.
        kinds: the type of each of the input's columns where a table is written; empty for lines of JSON.
        only_predictions: leaves the input's columns out, `id` aside.
    """
    answers = task.answer_columns(list(columns))
    given = None if only_predictions else given_columns(names, answers, kinds)
    return Layout(columns, given, id_column(names), {**(given.fields if given else {}), **answers})


def answer_window(predictor: Answering, window: Iterable[Record], first: int, layout: Layout) -> list[Row]:
    """Rows of output, one for each record; one that cannot be predicted has an `error`.

    Args:
        first: position of the window's first record in the input.
    """
    rows = [_read(predictor, record, place, layout) for place, record in enumerate(window, start=first)]
    results = iter(predictor.predict_checked([row.value for row in rows if row.fault is None]))
    return [
        {
            "row": row.row,
            **({"id": row.id} if layout.has_id else {}),
            **(layout.given.beside(row.given) if layout.given else {}),
            **({"error": row.fault} if row.fault else rounded(next(results))),
        }
        for row in rows
    ]


def count_errors(rows: Iterable[Row]) -> int:
    """How many rows of output are none."""
    return sum("error" in row for row in rows)


def _read(predictor: Answering, record: Record, place: int, layout: Layout) -> InputRow:
    if isinstance(record, Fault):
        return InputRow(place, None, None, record.reason)
    value, fault = value_of(record.values, layout.columns, predictor.engine.task)
    id = _plain_id(record.values.get(layout.id_name)) if layout.id_name else None
    return InputRow(place, id, value, fault or predictor.fault_of(value), record.values)


def _plain_id(value: Any) -> Any:
    """An id that every output can hold: text, a whole number, or nothing."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if isinstance(value, str):
        return value.encode(errors="replace").decode() if is_broken_text(value) else value
    return value if isinstance(value, int) and not isinstance(value, bool) else str(value)
