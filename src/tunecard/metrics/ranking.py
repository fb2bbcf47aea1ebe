"""How well probabilities rank rows, label by label: average precision, which is no function of sums."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tunecard.metrics.counts import Floats, RowCounts, ratio


def ranked_rows(probabilities: Floats, gold: NDArray[np.bool_]) -> RowCounts:
    """(N, 2 K) the probability of each label, and whether the row has it.

    Args:
        probabilities: (N, K).
        gold: (N, K).
    """
    return RowCounts.from_rows(np.column_stack([probabilities, gold]))


def positives(totals: Floats) -> Floats:
    """(..., K) rows that have each label, from (..., 2 K)."""
    return np.asarray(totals[..., totals.shape[-1] // 2 :], dtype=np.float64)


def of_no_sums(totals: Floats) -> Floats:
    """NaN: of sums nothing can be ranked."""
    return np.full(totals.shape[:-1], np.nan)


def only_ranked(values: Floats, index: int) -> Floats:
    """One label alone, (..., 2 K) to (..., 2)."""
    labels = values.shape[-1] // 2
    return np.asarray(values[..., [index, labels + index]], dtype=np.float64)


def macro_average_precision(values: Floats, weights: Floats) -> Floats:
    """(B,) the mean over labels of average precision; labels that no drawn row has do not count, NaN where none has.

    Args:
        values: (U, 2 K) as `ranked_rows`.
        weights: (U, B) how often each row is drawn.
    """
    labels = values.shape[1] // 2
    scores = np.stack([average_precision(values[:, k], values[:, labels + k], weights) for k in range(labels)])
    is_there = np.isfinite(scores)
    return ratio(np.where(is_there, scores, 0.0).sum(axis=0), is_there.sum(axis=0).astype(np.float64))


def average_precision(scores: Floats, gold: Floats, weights: Floats) -> Floats:
    """(B,) sum over the distinct scores, from the highest, of the precision there times the recall that it adds.

    Rows of one score are taken together, so that their order has no say. NaN where no drawn row is positive.
    scikit-learn's `average_precision_score` with `sample_weight`.

    Args:
        scores, gold: (U,).
        weights: (U, B).

    >>> float(average_precision(np.array([0.9, 0.8, 0.1]), np.array([1.0, 0.0, 1.0]), np.ones((3, 1)))[0].round(4))
    0.8333
    """
    order = np.argsort(-scores, kind="stable")
    is_hit = gold[order] > 0
    if not is_hit.any():
        return np.full(weights.shape[1], np.nan)
    is_last = np.append(np.diff(scores[order]) != 0, True)
    level = np.cumsum(is_last) - is_last  # (U,) which of the distinct scores each row has
    with_hits, first_hit = np.unique(level[is_hit], return_index=True)
    ends = np.flatnonzero(is_last)[with_hits]  # (S,) the last row of each score that a positive row has
    drawn = weights[order]
    ranked = np.cumsum(np.add.reduceat(drawn[: ends[-1] + 1], np.append(0, ends[:-1] + 1), axis=0), axis=0)  # (S, B)
    hits = np.add.reduceat(drawn[is_hit], first_hit, axis=0)
    found = np.cumsum(hits, axis=0)
    precision = np.divide(found, ranked, out=np.zeros_like(found), where=ranked > 0)
    return ratio((hits * precision).sum(axis=0), found[-1])
