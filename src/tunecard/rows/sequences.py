"""Rows of several sequences, one sequence a line: where each line belongs, and lines back to rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tunecard.rows.encoded import EncodedSplit


@dataclass(frozen=True)
class Sequences:
    """The S sequences of N rows, in row order.

    Attributes:
        split: S rows of one sequence each, what batches are made of; without labels where rows have several sequences,
            the rows themselves where each has one.
        firsts: (N + 1,) the sequence that each row begins with, and S; None where each row is one.
    """

    split: EncodedSplit
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


def sequences_of(encoded: EncodedSplit) -> Sequences:
    """The sequences of a split. `EncodedSplit.sequences` keeps them."""
    if encoded.pieces is None:
        return Sequences(encoded)
    bounds = [(0, *accumulate(pieces)) for pieces in encoded.pieces]

    def cut(values: list[list[int]]) -> list[list[int]]:
        return [row[a:b] for row, ends in zip(values, bounds, strict=True) for a, b in pairwise(ends)]

    counts = [len(pieces) for pieces in encoded.pieces]
    whole = type(encoded)(
        input_ids=cut(encoded.input_ids),
        type_ids=None if encoded.type_ids is None else cut(encoded.type_ids),
        label_ids=None,
        is_truncated=[cut for cut, count in zip(encoded.is_truncated, counts, strict=True) for _ in range(count)],
        lost_words=[0] * sum(counts),
    )
    return Sequences(whole, (0, *accumulate(counts)))
