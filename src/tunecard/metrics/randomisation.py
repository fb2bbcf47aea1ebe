"""How likely chance alone makes two answers to the same rows differ so much: the paired randomisation test.

Were the two of each row exchanged by the toss of a coin, how often would their scores be as far apart? It asks nothing
of the score, and of the rows only that those which belong together are exchanged together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tunecard.metrics.counts import Floats
from tunecard.metrics.measure import Measure, Sample
from tunecard.metrics.resampling import SEED

DRAWS = 4_999  # the least p value of these is one in 5,000
MORE_DRAWS = 99_999  # of which the first are those; many comparisons at once need a smaller p value
RARE = 25  # exchanges as far apart among the first, from which on no more are drawn
BLOCK = 5_000  # draws at once, so that little memory is enough for any number of rows


def randomisation_p(measure: Measure, first: Sample, second: Sample) -> float | None:
    """Two-sided p value that the scores of two samples, whose rows are the same, differ by chance.

    Where fewer than `RARE` of the first draws are as far apart, `MORE_DRAWS` tell. At any level at most one of the two
    counts decides (25 of 5,000 lie on one side of it), so that this errs no more often than a fixed number of draws.

    Returns: None for a score that is no function of sums, or that has no value.
    Source: Noreen 1989, "Computer-Intensive Methods for Testing Hypotheses"; in this field Yeh 2000, "More accurate
        tests for the statistical significance of result differences"; `scipy.stats.permutation_test` with
        `permutation_type="samples"`.
    """
    values = measure.value(first), measure.value(second)
    if measure.of_rows is not None or values[0] is None or values[1] is None:
        return None
    exchanges = _Exchanges(measure, first, second, _moved(first, second), gap=abs(values[0] - values[1]))
    as_far = exchanges.as_far(range(DRAWS))
    if as_far >= RARE:
        return (1 + as_far) / (1 + DRAWS)
    return (1 + as_far + exchanges.as_far(range(DRAWS, MORE_DRAWS))) / (1 + MORE_DRAWS)


@dataclass(frozen=True)
class _Exchanges:
    """What exchanges are made of, and the difference that they are held to."""

    measure: Measure
    first: Sample
    second: Sample
    moved: Floats
    gap: float

    def as_far(self, draws: range) -> int:
        """In how many of these draws the scores are as far apart, or there is no score."""
        blocks = (range(start, min(start + BLOCK, draws.stop)) for start in range(draws.start, draws.stop, BLOCK))
        return sum(self._as_far(block) for block in blocks)

    def _as_far(self, draws: range) -> int:
        sums = _tossed(len(self.moved), draws).astype(np.float64) @ self.moved
        ours = self.measure.statistic(self.first.totals - sums)
        apart = np.abs(ours - self.measure.statistic(self.second.totals + sums))
        return int((~(apart < self.gap - 1e-12)).sum())


def _moved(first: Sample, second: Sample) -> Floats:
    """(D, C) first minus second of every row, or unit, on which the two are not the same: what its exchange moves."""
    (ours, times), (theirs, _) = first.by_unit(), second.by_unit()
    gaps = np.repeat(ours - theirs, times.astype(np.int64), axis=0)
    different: Floats = gaps[gaps.any(axis=1)]
    return different


def _tossed(rows: int, draws: range) -> NDArray[np.uint8]:
    """(len(draws), D) coins of these draws: raw bits of PCG64, whose stream numpy promises to keep."""
    words = rows // 64 + 1
    stream = np.random.PCG64(SEED).advance(draws.start * words)
    bits = np.unpackbits(np.asarray(stream.random_raw(len(draws) * words), dtype="<u8").view(np.uint8))
    return bits.reshape(len(draws), -1)[:, :rows]
