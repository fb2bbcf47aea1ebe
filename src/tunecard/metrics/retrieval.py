"""Scores of one rank a row: where the partner of a text stands among all candidates, sorted by likeness.

A row adds 1, whether its partner stands among the first 1, 5 and 10, the reciprocal of its rank, and its part of the
candidate that it shares with the rows of the same partner.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.errors import DataError
from tunecard.metrics.counts import Floats, Ints, RowCounts, ratio

DEPTHS = (1, 5, 10)
TIE = 1e-6  # equal texts have equal vectors but for the order of additions, which the rows beside them decide
ROWS, RECIPROCAL, CANDIDATES = 0, 1 + len(DEPTHS), 2 + len(DEPTHS)
HITS = {depth: place for place, depth in enumerate(DEPTHS, start=1)}


def rank_counts(partners: Sequence[Any], ranks: Sequence[Any]) -> RowCounts:
    """Sums a row, (N, 6), of the ranks, from 1, at which partners stand.

    Args:
        partners: (N,) which candidate belongs to each row.
    Raises: DataError: numbers of rows differ, or a rank is no whole number from 1.
    """
    if len(partners) != len(ranks):
        raise DataError(f"there are as many ranks as rows. Got {len(ranks)} and {len(partners)}.")
    if not all(type(rank) is int and rank >= 1 for rank in ranks):
        raise DataError("a rank must be a whole number from 1.")
    found = np.array(ranks, dtype=np.float64)
    hits = [found <= depth for depth in DEPTHS]
    shared = Counter(partners)
    parts = np.array([1 / shared[partner] for partner in partners], dtype=np.float64)
    return RowCounts.from_rows(np.column_stack([np.ones(len(found)), *hits, 1 / found, parts]))


def recall(totals: Floats, depth: int) -> Floats:
    """Share of rows whose partner is among the first `depth`; (..., 6) sums to (...,). NaN without rows.

    Each row has one partner, so that this is the accuracy at `depth` as well.

    >>> float(recall(rank_counts([7, 8], [2, 11]).totals(), 5))
    0.5
    """
    return ratio(totals[..., HITS[depth]], totals[..., ROWS])


def mean_reciprocal_rank(totals: Floats) -> Floats:
    """Mean of 1 / rank over all candidates; (..., 6) sums to (...,). NaN without rows.

    >>> float(mean_reciprocal_rank(rank_counts([7, 8], [1, 4]).totals()))
    0.625
    """
    return ratio(totals[..., RECIPROCAL], totals[..., ROWS])


def partner_ranks(likeness: NDArray[Any], partners: Ints, passed_over: Sequence[Sequence[int]] = ()) -> list[int]:
    """The rank of each row's partner, from 1: candidates as like as the partner stand before it.

    Args:
        likeness: (N, M) of each row to each candidate.
        partners: (N,) which candidate is each row's.
        passed_over: candidates of each row that stand in nobody's way, such as its other partners; all rows or none.

    >>> partner_ranks(np.array([[0.9, 0.8, 0.7]]), np.array([2]))
    [3]
    >>> partner_ranks(np.array([[0.9, 0.8, 0.7]]), np.array([2]), [[0]])
    [2]
    """
    own = likeness[np.arange(len(partners)), partners]  # (N,)
    before = likeness >= own[:, None] - TIE
    for row, places in enumerate(passed_over):
        before[row, list(places)] = False
    before[np.arange(len(partners)), partners] = True
    return [int(rank) for rank in before.sum(axis=1)]
