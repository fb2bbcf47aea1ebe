"""How sure a share is: Wilson's interval, also where trials come in groups; and the exact test of paired rows."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from tunecard.metrics.counts import Floats

LEVEL = 0.95
LARGEST_GAIN = 4.0  # units that balance each other out are not taken for more certainty than this

Interval = tuple[float, float]


def wilson_interval(hits: float, trials: float, *, level: float = LEVEL) -> Interval | None:
    """Score interval of a proportion; None without trials.

    Source: Wilson 1927; `statsmodels.stats.proportion.proportion_confint(method="wilson")`.

    >>> [round(bound, 4) for bound in wilson_interval(8, 10)]
    [0.4902, 0.9433]
    """
    if trials <= 0:
        return None
    return score_interval(hits / trials, trials, NormalDist().inv_cdf(0.5 + level / 2))


def score_interval(share: float, trials: float, quantile: float) -> Interval:
    """Wilson's interval of a share of `trials` > 0, which need not be whole, at a quantile of normal or Student's t."""
    weight = quantile * quantile / trials
    centre = (share + weight / 2) / (1 + weight)
    half = quantile * math.sqrt(share * (1 - share) / trials + weight / (4 * trials)) / (1 + weight)
    return (0.0 if share == 0 else max(0.0, centre - half)), (1.0 if share == 1 else min(1.0, centre + half))


def effective_trials(hits: Floats, trials: Floats, times: Floats) -> float:
    """How many independent trials the share is worth, where the trials of one unit stand or fall together.

    Args:
        hits, trials: (U,) of each kind of unit that has a trial.
        times: (U,) how many units of each kind there are; at least 2 in all.
    Returns: trials divided by the design effect; the number of units where all trials end alike, as nothing then tells
        how much one says about the next.
    Source: Kish 1965; with Wilson's interval: Korn and Graubard 1998, Dean and Pagano 2015.

    >>> effective_trials(np.array([2.0, 0.0]), np.array([2.0, 2.0]), np.array([10.0, 10.0])) < 20
    True
    """
    units, total = float(times.sum()), float((times * trials).sum())
    share = float((times * hits).sum()) / total
    if share in (0.0, 1.0):
        return units
    gaps = hits - share * trials
    variance = float((times * gaps * gaps).sum()) / total**2 * units / (units - 1)
    return share * (1 - share) / max(variance, share * (1 - share) / total / LARGEST_GAIN)


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
