"""An interval of the expected calibration error, which chance alone always makes greater than it is.

Each bin's gap is near normal; its size is a folded normal, whose mean lies above the true gap the more, the fewer items
the bin has. So the interval holds every true error under which the one that was found is no surprise, with the same
true gap in all bins. Where a perfectly calibrated model shows as much in 5 of 100 samples, it begins at 0.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.metrics.counts import Floats, Ints
from tunecard.metrics.intervals import Interval
from tunecard.metrics.reliability import BINS, equal_mass_bins
from tunecard.metrics.resampling import SEED

LEAST_ITEMS = 30
CHANCE = 0.05
TAIL = 0.015  # of each end; the nominal 0.025 held 0.90 to 0.95 in simulation, as gaps differ between bins
STEPS = 400
DRAWS = 4_999
MOST_DRAWN = 5_000  # items; of more, bins hold so many that their gaps are normal
MOST_AT_ONCE = 2_000_000  # draws that are held in memory
PRIOR = 2.0  # items that stand behind a bin's stated probability when its accuracy is estimated


def calibration_error_interval(
    confidence: Floats, is_right: NDArray[np.bool_], unit: Ints, bins: int = BINS, chance: float = CHANCE
) -> Interval | None:
    """A 95 % interval of ECE; None with fewer than 30 items.

    Args:
        confidence, is_right: (N,) stated probability of each item, and whether it came true.
        unit: (N,) items with one number belong together, as entities of one row do.
        chance: how often the interval of a perfectly calibrated model may begin above 0.
    Source: confidence sets by inverting a test (Neyman 1937); the folded normal of Leone et al. 1961.
    """
    if len(confidence) < LEAST_ITEMS:
        return None
    weight, found, error = _bins(confidence, is_right, unit, bins)
    true = np.linspace(0.0, 1.0, STEPS + 1)
    mean, spread = _moments(true[:, None] * weight, np.broadcast_to(error, (len(true), len(weight))))
    gap = (found - mean) / spread  # (STEPS + 1,) falls as the true error grows
    is_chance = chance_of_calibrated(confidence, is_right, unit, bins) > chance
    edge = _normal_quantile(1 - TAIL)
    inside = true[(gap <= edge) & (gap >= -edge)]
    ends = (float(inside[0]), float(inside[-1])) if len(inside) else (found, found)
    return (0.0 if is_chance else min(ends[0], found)), max(ends[1], found)


def chance_of_calibrated(confidence: Floats, is_right: NDArray[np.bool_], unit: Ints, bins: int = BINS) -> float:
    """The p value that a perfectly calibrated model has an ECE as large: outcomes drawn by what was stated.

    Sums over few items are far from normal where most are right, so that their tail is drawn, not computed; of many
    items each bin's gap is normal. Items that belong together widen every draw by their design effect over all bins.

    Returns: one of 5,000 at least.
    Source: consistency resampling, Brocker and Smith 2007, "Increasing the Reliability of Reliability Diagrams"; the
        design effect of Kish 1965.
    """
    place = np.unique(equal_mass_bins(confidence, bins), return_inverse=True)[1].reshape(-1)
    gaps, kinds = confidence - is_right, int(place.max()) + 1
    found = float(np.abs(np.bincount(place, weights=gaps)).sum())
    variance = confidence * (1 - confidence)
    by_unit = float(_variance_by_unit(gaps, place, unit, kinds).sum())
    is_alone = len(np.unique(unit)) == len(unit)
    effect = 1.0 if is_alone else max(1.0, by_unit / max(float(variance.sum()), 1e-12))
    drawn = (
        _drawn(confidence, place) if len(place) <= MOST_DRAWN else _drawn_by_bin(np.bincount(place, weights=variance))
    )
    return float((1 + (effect**0.5 * drawn >= found - 1e-9).sum()) / (1 + DRAWS))


def _drawn(confidence: Floats, place: Ints) -> Floats:
    """(DRAWS,) summed sizes of the gaps of all bins, each item right as often as was stated."""
    order = np.argsort(place, kind="stable")
    stated, starts = confidence[order], np.flatnonzero(np.diff(place[order], prepend=-1))
    draws, block = np.random.PCG64(SEED), max(1, MOST_AT_ONCE // len(place))
    sums = [
        np.abs(np.add.reduceat(stated - (_uniform(draws, min(block, DRAWS - at), len(place)) < stated), starts, axis=1))
        for at in range(0, DRAWS, block)
    ]
    return np.asarray(np.concatenate(sums).sum(axis=1))


def _drawn_by_bin(variance: Any) -> Floats:
    """(DRAWS,) the same of bins of so many items that their gaps are normal."""
    from scipy.special import ndtri

    return np.asarray(np.abs(ndtri(_uniform(np.random.PCG64(SEED), DRAWS, len(variance)))) @ np.sqrt(variance))


def _uniform(draws: np.random.PCG64, rows: int, columns: int) -> Floats:
    """(rows, columns) in (0, 1): raw bits of PCG64, whose stream numpy promises to keep."""
    raw = np.asarray(draws.random_raw(rows * columns), dtype=np.uint64)
    return np.asarray(((raw >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53).reshape(rows, columns)


def _bins(confidence: Floats, is_right: NDArray[np.bool_], unit: Ints, bins: int) -> tuple[Floats, float, Floats]:
    """The share of items of each bin that holds one, ECE, and the standard error of each bin's gap."""
    place = equal_mass_bins(confidence, bins)
    used, place = np.unique(place, return_inverse=True)
    place, n, kinds = place.reshape(-1), len(confidence), len(used)
    size, stated, right = (
        np.bincount(place, weights=each, minlength=kinds)
        for each in (np.ones(n), confidence, is_right.astype(np.float64))
    )
    accuracy = (right + PRIOR * stated / size) / (size + PRIOR)
    alone = size * accuracy * (1 - accuracy)
    effect = np.maximum(_variance_by_unit(is_right - accuracy[place], place, unit, kinds) / np.maximum(alone, 1e-12), 1)
    effect = effect if len(np.unique(unit)) < n else np.ones(kinds)
    error = np.sqrt(np.maximum(alone * effect, 1e-12)) / n
    return size / n, float(np.abs(stated - right).sum()) / n, error


def _variance_by_unit(gaps: Floats, place: Ints, unit: Ints, kinds: int) -> Floats:
    """(kinds,) sum over units of the squared sum of the gaps that a unit has in the bin."""
    _, unit = np.unique(unit, return_inverse=True)
    sums = np.bincount(unit.reshape(-1) * kinds + place, weights=gaps, minlength=(int(unit.max()) + 1) * kinds)
    return np.asarray((sums.reshape(-1, kinds) ** 2).sum(axis=0))


def _moments(gap: Floats, error: Floats) -> tuple[Floats, Floats]:
    """Mean and standard deviation of the sum over bins of |N(gap, error)|; (S, bins) each to (S,) each."""
    from scipy.special import ndtr

    mean = error * math.sqrt(2 / math.pi) * np.exp(-(gap**2) / (2 * error**2)) + gap * (1 - 2 * ndtr(-gap / error))
    variance = np.maximum(gap**2 + error**2 - mean**2, 0.0)
    return mean.sum(axis=-1), np.sqrt(variance.sum(axis=-1))


def _normal_quantile(share: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(share))
