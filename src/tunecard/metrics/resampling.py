"""Rows drawn again and again with replacement: the bootstrap, where a score is no function of sums.

Resampling is the same on every machine and numpy: it reads raw integers of PCG64, whose stream numpy promises to keep,
and sums whole numbers, which no order of additions can change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from tunecard.metrics.counts import Floats, Ints, RowCounts
from tunecard.metrics.intervals import LEVEL, Interval

RESAMPLES = 1000
SEED = 0
DRAWS_AT_ONCE = 250_000  # what fits a processor's cache: fast, and little memory for any number of rows

Statistic = Callable[[Floats], Floats]


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

    Rows of one unit are drawn together.

    Args:
        counts: N rows; the U distinct ones that occur stand in the order of `np.unique(counts.group)`.
    Raises: ValueError: no rows.
    """
    rows = len(counts)
    if rows == 0:
        raise ValueError("a bootstrap needs at least one row")
    used, ordered = _used_groups(counts)
    if counts.unit is not None:
        yield from _unit_weights(counts, counts.unit, resamples, seed)
        return
    for samples, drawn in _blocks(rows, resamples, seed):
        chosen = ordered[drawn]
        yield _tally(chosen, samples, len(used))


def _unit_weights(counts: RowCounts, units: Ints, resamples: int, seed: int) -> Iterator[Floats]:
    """`resample_weights` where rows come in units."""
    from scipy.sparse import csr_array

    used, place = np.unique(counts.group, return_inverse=True)
    names, unit = np.unique(units, return_inverse=True)
    held = csr_array((np.ones(len(counts)), (place.reshape(-1), unit.reshape(-1))), shape=(len(used), len(names)))
    for samples, drawn in _blocks(len(names), resamples, seed):
        yield np.asarray(held @ _tally(drawn, samples, len(names)), dtype=np.float64)


def _blocks(items: int, resamples: int, seed: int) -> Iterator[tuple[int, Ints]]:
    """b and (b, N) items drawn with replacement, until B samples are drawn."""
    stream = np.random.PCG64(seed)
    block = max(1, DRAWS_AT_ONCE // items)
    for start in range(0, resamples, block):
        samples = min(block, resamples - start)
        yield samples, _draw(stream, samples * items, items).reshape(samples, items)


def _tally(chosen: Ints, samples: int, kinds: int) -> Floats:
    """(kinds, b) how often each kind is among the (b, N) that were drawn."""
    binned = chosen * samples + np.arange(samples)[:, None]  # one bin for each kind and sample
    return np.bincount(binned.reshape(-1), minlength=kinds * samples).reshape(kinds, samples).astype(np.float64)


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


def _used_groups(counts: RowCounts) -> tuple[Ints, Ints]:
    """(U,) the groups that occur, and (N,) the place among them of each row, rows in the order of their groups."""
    return np.unique(np.sort(counts.group), return_inverse=True)


def _draw(stream: np.random.PCG64, size: int, below: int) -> Ints:
    # the upper 32 bits, multiplied and shifted: uniform on [0, below) to one part in 2^32 / below
    raw = np.asarray(stream.random_raw(size), dtype=np.uint64)
    raw >>= np.uint64(32)
    raw *= np.uint64(below)
    raw >>= np.uint64(32)
    return raw.view(np.int64)
