"""Scores of one number a row, from sums: 1, gold, predicted, their squares and product, absolute and squared error.

Gold and predicted numbers are taken from the mean of the gold ones, which changes no score and keeps the sums exact.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tunecard.errors import DataError
from tunecard.metrics.counts import Floats, Ints, RowCounts, ratio

ROWS, GOLD, SAID, GOLD_SQUARED, SAID_SQUARED, PRODUCT, ABSOLUTE, SQUARED = range(8)


def number_counts(gold: Sequence[float], predicted: Sequence[float]) -> RowCounts:
    """Sums a row, (N, 8), of gold and predicted numbers.

    Raises: DataError: numbers of rows differ, or a value is no finite number.
    """
    if len(gold) != len(predicted):
        raise DataError(f"gold and predicted numbers have as many rows. Got {len(gold)} and {len(predicted)}.")
    try:
        pairs = np.array([gold, predicted], dtype=np.float64)  # (2, N)
    except (TypeError, ValueError) as error:
        raise DataError(f"gold and predicted values must be numbers: {error}.") from error
    if not np.isfinite(pairs).all():
        raise DataError("gold and predicted numbers must be finite. Got NaN or infinity.")
    x, y = pairs - (math.fsum(pairs[0]) / len(gold) if len(gold) else 0.0)  # whatever the order of the rows
    gap = y - x
    return RowCounts.from_rows(np.column_stack([np.ones(len(x)), x, y, x * x, y * y, x * y, np.abs(gap), gap * gap]))


def pearson(totals: Floats) -> Floats:
    """Pearson's correlation; (..., 8) sums to (...,). NaN where either side is constant.

    Source: `scipy.stats.pearsonr`.

    >>> round(float(pearson(number_counts([1, 2, 3], [1, 2, 4]).totals())), 4)
    0.982
    """
    rows = totals[..., ROWS]
    covariance = rows * totals[..., PRODUCT] - totals[..., GOLD] * totals[..., SAID]
    spreads = [
        rows * totals[..., square] - totals[..., value] ** 2
        for value, square in ((GOLD, GOLD_SQUARED), (SAID, SAID_SQUARED))
    ]
    are_spread = [spread > 1e-12 * np.maximum(rows * totals[..., square], 1e-300)
                  for spread, square in zip(spreads, (GOLD_SQUARED, SAID_SQUARED), strict=True)]  # fmt: skip
    divisor = np.sqrt(np.where(are_spread[0] & are_spread[1], spreads[0] * spreads[1], 0.0))
    return np.clip(ratio(covariance, divisor), -1.0, 1.0)


def spearman_of_rows(rows: Floats, weights: Floats) -> Floats:
    """Spearman's correlation: Pearson's of the ranks, in each sample anew; equal numbers share their mean rank.

    Args:
        rows: (U, 8) distinct rows.
        weights: (U, B) how often each is in each of B samples.
    Returns: (B,), NaN where either side is constant.
    Source: `scipy.stats.spearmanr`.
    """
    n = weights.sum(axis=0)
    ranks = [_ranks(rows[:, column], weights) - (n + 1) / 2 for column in (GOLD, SAID)]  # (U, B), mean 0
    covariance, *spreads = (
        (weights * a * b).sum(axis=0) for a, b in ((ranks[0], ranks[1]), (ranks[0], ranks[0]), (ranks[1], ranks[1]))
    )
    return np.clip(ratio(covariance, np.sqrt(spreads[0] * spreads[1])), -1.0, 1.0)


def mean_squared_error(totals: Floats) -> Floats:
    """Mean of the squared differences; (..., 8) sums to (...,). NaN without rows."""
    return ratio(totals[..., SQUARED], totals[..., ROWS])


def mean_absolute_error(totals: Floats) -> Floats:
    """Mean of the absolute differences; (..., 8) sums to (...,). NaN without rows."""
    return ratio(totals[..., ABSOLUTE], totals[..., ROWS])


def _ranks(values: Floats, weights: Floats) -> Floats:
    """(U, B) the rank of each row in each sample, from 1; equal values share the mean of their ranks."""
    _, group = np.unique(values, return_inverse=True)
    of_group = np.zeros((int(group.max()) + 1, weights.shape[1]))
    np.add.at(of_group, group, weights)  # (G, B) rows of each value
    below = np.cumsum(of_group, axis=0) - of_group
    shared: Floats = below + (of_group + 1) / 2
    return shared[_as_places(group)]


def _as_places(group: Ints) -> Ints:
    return group.reshape(-1)
