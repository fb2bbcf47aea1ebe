"""The rows that scores come from, one parquet file a split and predictor.

Columns: `row` (position in the source split), `label`, `prediction` (names, or lists of them where a row has several
labels; for tokens a list of tags, one a word),
`probabilities` (in the order of the labels; for tokens one list a word, null for a word lost to truncation),
`unseen` (tokens: whether a word belongs to an entity that training never named), `cluster` (a number, equal where rows
belong together) and `factor.<name>` (binned values, never text). No text is stored, except by tasks whose answers are
texts: there `label` holds the gold answers and `prediction` the answer given, without which no score could be computed
again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tunecard.errors import RunFolderError
from tunecard.evidence.files import write_whole
from tunecard.rows.frames import frame_of
from tunecard.untrusted.bounded_parquet import check_parquet

if TYPE_CHECKING:
    import pandas

FACTOR = "factor."


@dataclass(frozen=True)
class Predictions:
    """Predictions of one predictor on one split.

    Attributes:
        rows: (N,) positions in the source split, before any drop or sampling.
        labels: (N,) gold names, or lists of tags; None where a row is unlabelled.
        predictions: (N,) predicted names, or lists of tags as long as the row's words.
        probabilities: (N,) lists of K floats, or lists (a word) of lists; None for a predictor without any.
        factors: name to (N,) binned values.
        unseen: (N,) lists, one flag a word: part of a gold entity that is no entity in training; None if unknown.
        clusters: (N,) numbers from 0, equal where rows belong together; None where nothing says so.
    """

    rows: list[int]
    labels: list[Any]
    predictions: list[Any]
    probabilities: list[Any] | None = None
    factors: dict[str, list[str]] = field(default_factory=dict)
    unseen: list[Any] | None = None
    clusters: list[int] | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        more = [*(["probabilities"] if self.probabilities else []), *map(FACTOR.__add__, self.factors)]
        return f"Predictions({len(self)} rows{''.join(f', {name}' for name in more)})"

    def to_pandas(self) -> pandas.DataFrame:
        """A row a prediction, with the columns of its file.

        Raises: MachineError: pandas is not installed.
        """
        columns = {
            "row": self.rows, "label": self.labels, "prediction": self.predictions,
            "probabilities": self.probabilities, "unseen": self.unseen, "cluster": self.clusters,
            **{FACTOR + name: values for name, values in self.factors.items()},
        }  # fmt: skip
        there = {name: values for name, values in columns.items() if values is not None}
        rows = (dict(zip(there, values, strict=True)) for values in zip(*there.values(), strict=True))
        return frame_of(rows, list(there))


def write_predictions(path: Path, predictions: Predictions) -> None:
    """Writes the parquet file whole (zstd)."""
    columns: dict[str, Any] = {
        "row": pa.array(predictions.rows, pa.int64()),
        "label": pa.array(predictions.labels),
        "prediction": pa.array(predictions.predictions),
    }
    if predictions.probabilities is not None:
        columns["probabilities"] = pa.array(predictions.probabilities, _probability_type(predictions))
    if predictions.unseen is not None:
        columns["unseen"] = pa.array(predictions.unseen, pa.list_(pa.bool_()))
    if predictions.clusters is not None:
        columns["cluster"] = pa.array(predictions.clusters, pa.int64())
    for name, values in predictions.factors.items():
        columns[FACTOR + name] = pa.array(values, pa.string())
    table = pa.table(columns)
    write_whole(path, lambda stream: pq.write_table(table, stream, compression="zstd"))


def read_predictions(path: Path, *, with_probabilities: bool = True) -> Predictions:
    """Reads a file that `write_predictions` made; `evidence.probabilities` reads the probabilities faster.

    Raises: RunFolderError: the file is missing, is no parquet file or lacks a column.
    """
    try:
        check_parquet(path)
        names = pq.read_schema(path).names
        table = pq.read_table(path, columns=[name for name in names if with_probabilities or name != "probabilities"])
        columns = table.to_pydict()
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:  # the last: a name or label that is no UTF-8
        raise RunFolderError(f"cannot be read as a predictions file: {error}", place=str(path)) from error
    missing = {"row", "label", "prediction"} - columns.keys()
    if missing:
        raise RunFolderError(f"a predictions file has the columns {sorted(missing)}; they are missing", place=str(path))
    return Predictions(
        rows=columns["row"],
        labels=columns["label"],
        predictions=columns["prediction"],
        probabilities=columns.get("probabilities"),
        factors={name[len(FACTOR) :]: values for name, values in columns.items() if name.startswith(FACTOR)},
        unseen=columns.get("unseen"),
        clusters=_numbers(columns.get("cluster"), path),
    )


def _numbers(values: list[Any] | None, path: Path) -> list[int] | None:
    if values is not None and any(type(value) is not int for value in values):
        raise RunFolderError("the column cluster must hold a whole number in each row", place=str(path))
    return values


def _probability_type(predictions: Predictions) -> pa.DataType:
    stated = next((row for row in predictions.probabilities or [] if row), [0.0])  # of tokens a list a word, or None
    is_nested = not isinstance(stated[0], int | float | np.floating)
    return pa.list_(pa.list_(pa.float32())) if is_nested else pa.list_(pa.float32())
