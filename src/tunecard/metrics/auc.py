"""How well a number tells two kinds of rows apart: the area under the ROC curve, and errors at a fixed recall."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm, rankdata

from tunecard.metrics.counts import Floats
from tunecard.metrics.intervals import LEVEL, Interval


def auc(higher: Floats, lower: Floats) -> float:
    """The chance that one of `higher` is above one of `lower`, ties counted as half. Both (N,) and (M,), not empty.

    >>> auc(np.array([3.0, 2.0]), np.array([1.0, 2.0]))
    0.875
    """
    return float(_placements(higher, lower)[0].mean())


def auc_interval(higher: Floats, lower: Floats, *, level: float = LEVEL) -> Interval | None:
    """The interval of `auc` for rows drawn one by one; None with fewer than two of either kind.

    The error is DeLong's, on the scale of the logit, so that it ends inside (0, 1); from the bound by the rule of three
    where nothing is in the wrong order.

    Source: DeLong, DeLong and Clarke-Pearson 1988; logit: Pepe 2003, 5.2.
    """
    if min(len(higher), len(lower)) < 2:
        return None
    above, below = _placements(higher, lower)
    area = float(above.mean())
    if area in (0.0, 1.0):
        gap = 3.0 / min(len(higher), len(lower))
        return (max(0.0, 1 - gap), 1.0) if area else (0.0, min(1.0, gap))
    variance = float(above.var(ddof=1)) / len(above) + float(below.var(ddof=1)) / len(below)
    half = float(norm.ppf(0.5 + level / 2)) * variance**0.5 / (area * (1 - area))
    centre = np.log(area / (1 - area))
    low, high = (float(1 / (1 + np.exp(-end))) for end in (centre - half, centre + half))
    return low, high


def false_positives_at_recall(higher: Floats, lower: Floats, recall: float = 0.95) -> float:
    """The share of `lower` that is at least as high as the threshold which `recall` of `higher` reaches.

    >>> false_positives_at_recall(np.arange(100.0), np.array([0.0, 2.0, 50.0, 60.0]))
    0.5
    """
    threshold = np.sort(higher)[int(np.floor((1 - recall) * len(higher) + 1e-9))]
    return float((lower >= threshold).mean())


def _placements(higher: Floats, lower: Floats) -> tuple[Floats, Floats]:
    """(N,) share of `lower` below each of `higher`, and (M,) share of `higher` above each of `lower`; ties as half."""
    ranks = rankdata(np.concatenate([higher, lower]))
    among_higher, among_lower = rankdata(higher), rankdata(lower)
    above = (ranks[: len(higher)] - among_higher) / len(lower)
    below = 1 - (ranks[len(higher) :] - among_lower) / len(higher)
    return above, below
