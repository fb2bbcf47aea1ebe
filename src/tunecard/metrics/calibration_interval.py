"""An interval of the expected calibration error, which chance alone always makes greater than it is.

Each bin's gap is near normal; its size is a folded normal, whose mean lies above the true gap the more, the fewer items
the bin has. So the interval holds every true error under which the one that was found is no surprise, with the same
true gap in all bins. Where a perfectly calibrated model shows as much in 5 of 100 samples, it begins at 0.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tunecard.metrics.counts import Floats, Ints
from tunecard.metrics.intervals import Interval
from tunecard.metrics.reliability import BINS, equal_mass_bins

LEAST_ITEMS = 30
CHANCE = 0.05
TAIL = 0.015  # of each end; the nominal 0.025 held 0.90 to 0.95 in simulation, as gaps differ between bins
STEPS = 400
PRIOR = 2.0  # items that stand behind a bin's stated probability when its accuracy is estimated


def calibration_error_interval(
    confidence: Floats, is_right: NDArray[np.bool_], unit: Ints, bins: int = BINS
) -> Interval | None:
    """A 95 % interval of ECE; None with fewer than 30 items.

    Args:
        confidence, is_right: (N,) stated probability of each item, and whether it came true.
        unit: (N,) items with one number belong together, as entities of one row do.
    Source: confidence sets by inverting a test (Neyman 1937); the folded normal of Leone et al. 1961.
    """
    if len(confidence) < LEAST_ITEMS:
        return None
    weight, found, by_chance, error = _bins(confidence, is_right, unit, bins)
    true = np.linspace(0.0, 1.0, STEPS + 1)
    mean, spread = _moments(true[:, None] * weight, np.broadcast_to(error, (len(true), len(weight))))
    gap = (found - mean) / spread  # (STEPS + 1,) falls as the true error grows
    at_zero = _moments(np.zeros((1, len(weight))), by_chance[None, :])
    is_chance = (found - at_zero[0][0]) / at_zero[1][0] <= _normal_quantile(1 - CHANCE)
    edge = _normal_quantile(1 - TAIL)
    inside = true[(gap <= edge) & (gap >= -edge)]
    ends = (float(inside[0]), float(inside[-1])) if len(inside) else (found, found)
    return (0.0 if is_chance else min(ends[0], found)), max(ends[1], found)


def _bins(
    confidence: Floats, is_right: NDArray[np.bool_], unit: Ints, bins: int
) -> tuple[Floats, float, Floats, Floats]:
    """The share of items of each bin that holds one, ECE, and the standard error of each bin's gap.

    The errors come twice: were the model calibrated, and as its accuracy is.
    """
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
    expected = np.bincount(place, weights=confidence * (1 - confidence), minlength=kinds)
    calibrated, actual = (np.sqrt(np.maximum(each * effect, 1e-12)) / n for each in (expected, alone))
    return size / n, float(np.abs(stated - right).sum()) / n, calibrated, actual


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
