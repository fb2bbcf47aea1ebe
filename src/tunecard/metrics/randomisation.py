"""How likely chance alone makes two answers to the same rows differ so much: the paired randomisation test.

Were the two of each row exchanged by the toss of a coin, how often would their scores be as far apart? It asks nothing
of the score, and of the rows only that those which belong together are exchanged together.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tunecard.metrics.counts import Floats
from tunecard.metrics.measure import Measure, Sample
from tunecard.metrics.resampling import SEED

DRAWS = 4_999  # the least p value is one in 5,000
BLOCKS = 10  # of draws, so that little memory is enough for any number of rows


def randomisation_p(measure: Measure, first: Sample, second: Sample) -> float | None:
    """Two-sided p value that the scores of two samples, whose rows are the same, differ by chance.

    Returns: None for a score that is no function of sums, or that has no value.
    Source: Noreen 1989, "Computer-Intensive Methods for Testing Hypotheses"; in this field Yeh 2000, "More accurate
        tests for the statistical significance of result differences"; `scipy.stats.permutation_test` with
        `permutation_type="samples"`.
    """
    values = measure.value(first), measure.value(second)
    if measure.of_rows is not None or values[0] is None or values[1] is None:
        return None
    moved = _moved(first, second)  # (D, C) what each exchange of a row takes from the first and gives to the second
    sums = np.vstack([coins.astype(np.float64) @ moved for coins in np.array_split(_tossed(len(moved)), BLOCKS)])
    apart = np.abs(measure.statistic(first.totals - sums) - measure.statistic(second.totals + sums))
    as_far = ~(apart < abs(values[0] - values[1]) - 1e-12)  # where there is no score, too
    return float((1 + as_far.sum()) / (1 + DRAWS))


def _moved(first: Sample, second: Sample) -> Floats:
    """(D, C) first minus second of every row, or unit, on which the two are not the same."""
    (ours, times), (theirs, _) = first.by_unit(), second.by_unit()
    gaps = np.repeat(ours - theirs, times.astype(np.int64), axis=0)
    different: Floats = gaps[gaps.any(axis=1)]
    return different


def _tossed(rows: int) -> NDArray[np.uint8]:
    """(DRAWS, D) coins: raw bits of PCG64, whose stream numpy promises to keep."""
    raw = np.random.PCG64(SEED).random_raw(DRAWS * (rows // 64 + 1))
    bits = np.unpackbits(np.asarray(raw, dtype="<u8").view(np.uint8)).reshape(DRAWS, -1)
    return bits[:, :rows]
