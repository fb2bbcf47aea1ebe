"""Rows as the vectors that a frozen base makes of them: what fits without torch may read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

MEAN, FIRST, POOLER, APART, TOKEN = "mean", "first", "pooler", "apart", "token"


@dataclass(frozen=True)
class FrozenVectors:
    """Vectors of the rows of one split, seen in one way or several.

    Attributes:
        views: name to (M, H) float32. Texts have `mean` (of all tokens), `first` (token) and, where the base brings a
            trained one, `pooler`; pairs have besides `apart`, (M, 2 H): |u - v| and u * v of the unit means of both
            texts, each read alone. Words have `token`, the last hidden state of each word's first piece.
        rows: (M,) indices into the encoded split, ascending; of texts `0 .. N - 1` unless only some were read.
        places: (M,) which word of its row each vector is of; 0 for a text.
    """

    views: Mapping[str, np.ndarray]
    rows: np.ndarray
    places: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)


def unit_rows(vectors: np.ndarray) -> np.ndarray:
    """(M, H) the same directions, each 1 long; a row of zeros stays one."""
    unit: np.ndarray = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return unit
