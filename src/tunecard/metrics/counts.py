"""Counts a row: what every score here is made of, so that resampling rows never calls a metric again.

A score that is a function of sums over rows (F1, accuracy, MCC) needs the rows only once. Rows that count the same are
one group, which makes a bootstrap of thousands of rows a small matrix product, and its result independent of row order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class RowCounts:
    """What each row adds to the sums that a score is computed from.

    Attributes:
        values: (U, C) the distinct rows of counts.
        group: (N,) which of them each row is.
        unit: (N,) rows with one number are drawn, or left out, together; None where each stands alone.
    """

    values: Floats
    group: Ints
    unit: Ints | None = None

    @classmethod
    def from_rows(cls, rows: NDArray[Any]) -> RowCounts:
        """Groups an (N, C) matrix of counts.

        >>> RowCounts.from_rows(np.array([[1, 0], [0, 1], [1, 0]])).group
        array([1, 0, 1])
        """
        if len(rows) == 0:
            return cls(np.zeros((0, rows.shape[1])), np.zeros(0, dtype=np.int64))
        values, group = np.unique(rows, axis=0, return_inverse=True)
        return cls(values.astype(np.float64), group.reshape(-1).astype(np.int64))

    def __len__(self) -> int:
        return len(self.group)

    @property
    def has_groups(self) -> bool:
        """Whether any two rows belong together."""
        return self.unit is not None and len(np.unique(self.unit)) < len(self.unit)

    def totals(self) -> Floats:
        """(C,) the sums over all rows."""
        weights = np.bincount(self.group, minlength=len(self.values)).astype(np.float64)
        totals: Floats = (weights[:, None] * self.values).sum(axis=0)
        return totals

    def take(self, rows: NDArray[Any]) -> RowCounts:
        """The rows of a boolean mask or of positions."""
        return RowCounts(self.values, self.group[rows], None if self.unit is None else self.unit[rows])

    def in_units(self, unit: Ints | None) -> RowCounts:
        """The same counts with rows that belong together."""
        return RowCounts(self.values, self.group, unit)

    def by_unit(self) -> tuple[Floats, Floats]:
        """(G, C) the sums of each kind of unit, and (G,) how many units of each kind there are."""
        if self.unit is None:
            used, times = np.unique(self.group, return_counts=True)
            return self.values[used], times.astype(np.float64)
        _, unit = np.unique(self.unit, return_inverse=True)
        sums = np.zeros((int(unit.max(initial=-1)) + 1, self.values.shape[1]))
        np.add.at(sums, unit.reshape(-1), self.values[self.group])
        return sums, np.ones(len(sums))

    def beside(self, other: RowCounts) -> RowCounts:
        """Both counts of the same N rows side by side, (U', C + C'): the ground of every paired comparison."""
        if len(self) != len(other):
            raise ValueError(f"paired counts have the same rows; got {len(self)} and {len(other)}")
        joint = self.group * max(len(other.values), 1) + other.group
        pairs, group = np.unique(joint, return_inverse=True)
        left, right = np.divmod(pairs, max(len(other.values), 1))
        values = np.hstack([self.values[left], other.values[right]])
        return RowCounts(values, group.reshape(-1).astype(np.int64), self.unit)


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Elementwise quotient; NaN, never 0, where the denominator is 0: such a score is undefined.

    >>> ratio(np.array([1.0, 0.0]), np.array([2.0, 0.0]))
    array([0.5, nan])
    """
    top, below = np.broadcast_arrays(np.asarray(numerator, np.float64), np.asarray(denominator, np.float64))
    quotient: Floats = np.divide(top, below, out=np.full(top.shape, np.nan), where=below != 0)
    return quotient


def f1_of(matched: Floats, predicted: Floats, gold: Floats) -> Floats:
    """F1 = 2 matched / (predicted + gold); NaN where there is neither gold nor prediction."""
    return ratio(2.0 * matched, predicted + gold)
