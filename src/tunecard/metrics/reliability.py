"""Does a stated probability come true? Confidence against accuracy in bins of equal mass.

An item is whatever is right or wrong as one piece: a row with its class, or an entity that was reported.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tunecard.metrics.counts import Floats, Ints
from tunecard.metrics.intervals import Interval, wilson_interval

BINS = 15
ONE_SIDED = 1.6449  # the standard normal's 95th percentile


@dataclass(frozen=True)
class ReliabilityBin:
    """The items of one bin.

    Attributes:
        low, high: the least and the greatest confidence in it.
        confidence: mean confidence.
        accuracy: share of its items that are right.
        n: number of items.
        interval: Wilson's 95 % interval of the accuracy.
    """

    low: float
    high: float
    confidence: float
    accuracy: float
    n: int
    interval: Interval


def equal_mass_bins(confidence: Floats, bins: int = BINS) -> Ints:
    """(N,) the bin of each item, cut at quantiles; items of one confidence stay together, so some bins may be empty.

    Source: Nixon et al. 2019, arXiv:1904.01685.
    """
    edges = np.quantile(confidence, np.linspace(0, 1, bins + 1)[1:-1])
    return np.searchsorted(edges, confidence, side="right").astype(np.int64)


def reliability_bins(confidence: Floats, is_right: NDArray[np.bool_], bins: int = BINS) -> list[ReliabilityBin]:
    """The bins that hold an item, least confident first.

    Args:
        confidence: (N,) stated probability of each item.
        is_right: (N,) whether it came true.
    Source: reliability diagrams of Niculescu-Mizil and Caruana 2005; interval of Wilson 1927.

    >>> [(found.confidence, found.accuracy, found.n) for found in reliability_bins(np.full(4, 0.75), np.arange(4) < 2)]
    [(0.75, 0.5, 4)]
    """
    place = equal_mass_bins(confidence, bins)
    found = []
    for index in np.unique(place):
        inside, right = np.sort(confidence[place == index]), int(is_right[place == index].sum())
        n = len(inside)
        interval = wilson_interval(right, n) or (0.0, 1.0)
        found.append(ReliabilityBin(float(inside[0]), float(inside[-1]), float(inside.mean()), right / n, n, interval))
    return found


def gaps_by_bin(confidence: Floats, is_right: NDArray[np.bool_], bins: int = BINS) -> Floats:
    """(N, bins) what each item adds to the gap of its bin: confidence minus outcome in one column, 0 in the others."""
    gaps = np.zeros((len(confidence), bins))
    gaps[np.arange(len(confidence)), equal_mass_bins(confidence, bins)] = confidence - is_right
    return gaps


def calibration_error(gaps: Floats, items: Floats) -> Floats:
    """ECE from (..., bins) summed gaps and (...,) numbers of items; NaN without items.

    Source: Guo et al. 2017, arXiv:1706.04599, section 2.
    """
    safe = np.where(items > 0, items, 1.0)
    return np.asarray(np.where(items > 0, np.abs(gaps).sum(axis=-1) / safe, np.nan), dtype=np.float64)


def error_by_chance(confidence: Floats, bins: int = BINS) -> float:
    """The ECE that 95 of 100 perfectly calibrated models stay below on items of these (N,) confidences."""
    mean, spread = _chance(confidence, bins)
    return mean + ONE_SIDED * spread


def mean_error_by_chance(confidence: Floats, bins: int = BINS) -> float:
    """The ECE that perfectly calibrated models show on average on items of these (N,) confidences: its bias upwards."""
    return _chance(confidence, bins)[0]


def _chance(confidence: Floats, bins: int) -> tuple[float, float]:
    """Mean and standard deviation of ECE where every stated probability is true.

    A bin's gap is then near normal with variance sum c (1 - c), and its size has the half-normal's mean and variance.
    """
    variance = np.bincount(equal_mass_bins(confidence, bins), weights=confidence * (1 - confidence), minlength=bins)
    mean = math.sqrt(2 / math.pi) * float(np.sqrt(np.maximum(variance, 0)).sum())
    spread = math.sqrt(max(float(variance.sum()), 0.0) * (1 - 2 / math.pi))
    return mean / len(confidence), spread / len(confidence)
