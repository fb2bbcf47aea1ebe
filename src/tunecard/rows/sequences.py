"""Rows of several sequences, one sequence a line: where each line belongs, and lines back to rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, TypeVar

import numpy as np

Split = TypeVar("Split")


@dataclass(frozen=True)
class Sequences(Generic[Split]):
    """The S sequences of N rows, in row order.

    Attributes:
        split: S rows of one sequence each, what batches are made of; without labels where rows have several sequences,
            the rows themselves where each has one.
        firsts: (N + 1,) the sequence that each row begins with, and S; None where each row is one.
    """

    split: Split
    firsts: tuple[int, ...] | None = None

    def of(self, rows: Sequence[int]) -> list[int]:
        """The sequences of these rows, row by row."""
        if self.firsts is None:
            return list(rows)
        return [one for row in rows for one in range(self.firsts[row], self.firsts[row + 1])]

    def count(self, row: int) -> int:
        """How many sequences a row has."""
        return 1 if self.firsts is None else self.firsts[row + 1] - self.firsts[row]

    def by_row(self, values: list[np.ndarray]) -> list[np.ndarray]:
        """What a model gives of each sequence as what it gives of each row: (K,) a sequence become (P, K) of the P
        sequences of a row, (T, K) of their tokens (T of the row, K); unchanged where each row is one sequence."""
        if self.firsts is None:
            return values
        join = np.stack if values and values[0].ndim == 1 else np.concatenate
        return [join(values[first:end]) for first, end in pairwise(self.firsts)]
