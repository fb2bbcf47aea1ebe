"""Probabilities of a predictions file as flat arrays: what checks and calibration need, without millions of objects."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from tunecard.errors import RunFolderError
from tunecard.untrusted.bounded_parquet import check_footer

COLUMN = "probabilities"


@dataclass(frozen=True)
class FlatProbabilities:
    """All probabilities of one file, end to end.

    Attributes:
        values: (V, K) of the V known items, in order; an item is a row, or a word of a token task.
        is_known: (W,) whether an item has probabilities; a word lost to truncation has none.
        starts: (N + 1,) where the items of each row begin; row i is `starts[i]:starts[i + 1]`.
    """

    values: NDArray[np.float64]
    is_known: NDArray[np.bool_]
    starts: NDArray[np.int64]

    def known_in(self, row: int) -> NDArray[np.bool_]:
        """(words of the row,) whether each has probabilities."""
        return self.is_known[self.starts[row] : self.starts[row + 1]]


def read_probabilities(path: Path) -> FlatProbabilities | None:
    """Reads the probabilities of a predictions file; None for a predictor without any.

    Raises: RunFolderError: the file is missing or broken, or items have unequal numbers of probabilities.
    """
    try:
        check_footer(path)  # they are numbers, which the footer counts
        if COLUMN not in pq.read_schema(path).names:
            return None
        rows = pq.read_table(path, columns=[COLUMN])[COLUMN].combine_chunks()
        return _flatten(rows)
    except (OSError, pa.ArrowException) as error:
        raise RunFolderError(f"cannot be read as a predictions file: {error}", place=str(path)) from error
    except (AttributeError, ValueError, TypeError) as error:
        raise RunFolderError(f"probabilities are lists of numbers, one a label: {error}", place=str(path)) from error


def _flatten(rows: pa.Array) -> FlatProbabilities:
    if pa.types.is_list(rows.type.value_type):
        lengths = rows.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
        items = rows.flatten()
    else:
        lengths, items = np.ones(len(rows), dtype=np.int64), rows
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    is_known = items.is_valid().to_numpy(zero_copy_only=False)
    sizes = np.unique(items.drop_null().value_lengths().to_numpy(zero_copy_only=False))
    if len(sizes) > 1:
        raise ValueError(f"numbers of probabilities differ from {sizes.min()} to {sizes.max()}")
    width = int(sizes[0]) if len(sizes) else 0
    values = items.flatten().to_numpy(zero_copy_only=False).astype(np.float64)
    return FlatProbabilities(values.reshape(-1, width) if width else np.zeros((0, 0)), is_known, starts)
