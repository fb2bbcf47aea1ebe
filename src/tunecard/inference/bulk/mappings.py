"""Rows that Python has as mappings, such as those of a `datasets.Dataset`: answers beside their columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from tunecard.errors import DataError
from tunecard.inference.bulk.given_columns import given_columns
from tunecard.inference.bulk.input_columns import choose_columns, value_of
from tunecard.inference.engine import Engine

PLACE = "inputs"


class Answering(Protocol):
    """What answers rows: as much of a `Predictor` as is asked here."""

    @property
    def engine(self) -> Engine: ...

    @property
    def is_pair(self) -> bool | None: ...

    @property
    def columns(self) -> Mapping[str, str]: ...

    def fault_of(self, value: Any) -> str | None: ...

    def predict_checked(self, values: Sequence[Any]) -> list[dict[str, Any]]: ...


def predict_mappings(
    predictor: Answering, rows: Sequence[Mapping[str, Any]], told: Mapping[str, str] | None, *, only_predictions: bool
) -> list[dict[str, Any]]:
    """Predicts rows by their columns, each answer beside the columns of its row as a file has them.

    Args:
        told: role (text, text_pair, tokens) to column; guessed where the names are usual.
        only_predictions: leaves the columns out.
    Raises: DataError: columns that are missing or doubtful, or rows that cannot be predicted, all of them.
    """
    faults = [
        f"row {i}: must be a mapping of column names to values, as the first row is."
        for i, row in enumerate(rows)
        if not _is_row(row)
    ]
    if faults:
        raise DataError(faults, place=PLACE)
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = choose_columns(names, predictor.engine.task, predictor.is_pair, told, PLACE, predictor.columns)
    found = [value_of(row, columns, predictor.engine.task) for row in rows]
    faulty = [fault or predictor.fault_of(value) for value, fault in found]
    if any(faulty):
        raise DataError([f"row {i}: {fault}" for i, fault in enumerate(faulty) if fault], place=PLACE)
    answers = predictor.predict_checked([value for value, _ in found])
    if only_predictions:
        return answers
    given = given_columns(names, predictor.engine.task.answer_columns(list(columns)))
    ids: list[dict[str, Any]] = [{"id": row.get(given.id_name)} if given.id_name else {} for row in rows]
    return [id | given.beside(row) | answer for id, row, answer in zip(ids, rows, answers, strict=True)]


def _is_row(row: Any) -> bool:
    return isinstance(row, Mapping) and all(isinstance(name, str) for name in row)
