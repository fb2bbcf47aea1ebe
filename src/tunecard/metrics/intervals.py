"""How sure a score is: Wilson for proportions, a seeded bootstrap over rows otherwise, and paired comparisons.

Resampling is the same on every machine and numpy: it reads raw integers of PCG64, whose stream numpy promises to keep,
and sums whole numbers, which no order of additions can change.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from tunecard.metrics.counts import Floats, RowCounts

LEVEL = 0.95
RESAMPLES = 1000
SEED = 0
DRAWS_AT_ONCE = 250_000  # what fits a processor's cache: fast, and little memory for any number of rows

Statistic = Callable[[Floats], Floats]
Interval = tuple[float, float]


def wilson_interval(hits: float, trials: float, *, level: float = LEVEL) -> Interval | None:
    """Score interval of a proportion; None without trials.

    Source: Wilson 1927; `statsmodels.stats.proportion.proportion_confint(method="wilson")`.

    >>> [round(bound, 4) for bound in wilson_interval(8, 10)]
    [0.4902, 0.9433]
    """
    if trials <= 0:
        return None
    z = NormalDist().inv_cdf(0.5 + level / 2)
    share, weight = hits / trials, z * z / trials
    centre = (share + weight / 2) / (1 + weight)
    half = z * math.sqrt(share * (1 - share) / trials + weight / (4 * trials)) / (1 + weight)
    low = 0.0 if hits == 0 else max(0.0, centre - half)
    high = 1.0 if hits == trials else min(1.0, centre + half)
    return low, high


def wilson_f1_interval(matched: float, predicted: float, gold: float, *, level: float = LEVEL) -> Interval | None:
    """Wilson's interval carried over to F1, for few rows where no resample differs.

    matched / (predicted + gold - matched) is a proportion j of all entities that either side named, and F1 is
    2 j / (1 + j), which grows with j.

    >>> wilson_f1_interval(10, 10, 10)[1]
    1.0
    """
    interval = wilson_interval(matched, predicted + gold - matched, level=level)
    return None if interval is None else (_dice(interval[0]), _dice(interval[1]))


def resample_totals(counts: RowCounts, *, resamples: int = RESAMPLES, seed: int = SEED) -> Floats:
    """(B, C) sums of B samples of N rows drawn with replacement. The order of the rows has no effect.

    Raises: ValueError: no rows.
    """
    from scipy.sparse import csr_array

    used, _ = _used_groups(counts)
    # counts are mostly 0, and a dense product would leave the speed to how busy BLAS finds the machine
    columns = csr_array(counts.values[used].T)  # (C, U)
    blocks = resample_weights(counts, resamples=resamples, seed=seed)
    return np.vstack([np.asarray(columns @ weights, dtype=np.float64).T for weights in blocks])


def resample_weights(counts: RowCounts, *, resamples: int = RESAMPLES, seed: int = SEED) -> Iterator[Floats]:
    """Blocks (U, b) of how often each distinct row that occurs is drawn in b samples; B samples in all.

    Args:
        counts: N rows; the U distinct ones that occur stand in the order of `np.unique(counts.group)`.
    Raises: ValueError: no rows.
    """
    rows = len(counts)
    if rows == 0:
        raise ValueError("a bootstrap needs at least one row")
    used, ordered = _used_groups(counts)
    stream = np.random.PCG64(seed)
    block = max(1, DRAWS_AT_ONCE // rows)
    for start in range(0, resamples, block):
        samples = min(block, resamples - start)
        chosen = ordered[_draw(stream, samples * rows, rows)].reshape(samples, rows)
        chosen = chosen * samples + np.arange(samples)[:, None]  # one bin for each group and sample
        weights = np.bincount(chosen.reshape(-1), minlength=len(used) * samples).reshape(len(used), samples)
        yield weights.astype(np.float64)


def percentile_interval(samples: Floats, *, level: float = LEVEL) -> Interval | None:
    """Percentiles of (B,) resampled scores. Undefined ones (NaN) are left out; None when all are.

    >>> [round(bound, 6) for bound in percentile_interval(np.arange(101.0), level=0.9)]
    [5.0, 95.0]
    """
    defined = samples[np.isfinite(samples)]
    if len(defined) == 0:
        return None
    low, high = np.quantile(defined, [0.5 - level / 2, 0.5 + level / 2])
    return float(low), float(high)


def bootstrap_interval(
    statistic: Statistic, counts: RowCounts, *, level: float = LEVEL, resamples: int = RESAMPLES, seed: int = SEED
) -> Interval | None:
    """Percentile bootstrap over rows.

    Args:
        statistic: (B, C) sums to (B,) scores, e.g. `tunecard.metrics.entities.strict_f1`.
        counts: what each of N rows adds to the sums.
    Returns: (low, high), or None when the score is undefined in every resample.
    Source: Efron 1979.
    """
    return percentile_interval(statistic(resample_totals(counts, resamples=resamples, seed=seed)), level=level)


def paired_interval(
    statistic: Statistic,
    counts: RowCounts,
    other: RowCounts,
    *,
    level: float = LEVEL,
    seed: int = SEED,
) -> Interval | None:
    """Bootstrap interval of the difference, `counts` minus `other`, of two predictors on the same N rows.

    Both are scored on the same resampled rows.
    """
    totals = resample_totals(counts.beside(other), seed=seed)
    columns = counts.values.shape[1]
    return percentile_interval(statistic(totals[:, :columns]) - statistic(totals[:, columns:]), level=level)


def mcnemar_exact(is_right: NDArray[np.bool_], is_other_right: NDArray[np.bool_]) -> float:
    """Two-sided exact p value that two predictors err equally often on the same (N,) rows; 1 when none differs.

    Source: McNemar 1947, with the binomial instead of chi-squared.

    >>> mcnemar_exact(np.array([True] * 5), np.array([False] * 5))
    0.0625
    """
    from scipy.special import bdtr

    wins = int((is_right & ~is_other_right).sum())
    losses = int((~is_right & is_other_right).sum())
    return min(1.0, 2.0 * float(bdtr(min(wins, losses), wins + losses, 0.5)))


def _used_groups(counts: RowCounts) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(U,) the groups that occur, and (N,) the place among them of each row, rows in the order of their groups."""
    return np.unique(np.sort(counts.group), return_inverse=True)


def _draw(stream: np.random.PCG64, size: int, below: int) -> NDArray[np.int64]:
    # the upper 32 bits, multiplied and shifted: uniform on [0, below) to one part in 2^32 / below
    raw = np.asarray(stream.random_raw(size), dtype=np.uint64)
    raw >>= np.uint64(32)
    raw *= np.uint64(below)
    raw >>= np.uint64(32)
    return raw.view(np.int64)


def _dice(jaccard: float) -> float:
    return 2 * jaccard / (1 + jaccard)
