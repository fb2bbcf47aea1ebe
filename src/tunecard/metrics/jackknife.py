"""How far a score moves when one row is left out: its standard error and its bias, without drawing anything."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tunecard.metrics.counts import Floats


@dataclass(frozen=True)
class Spread:
    """What leaving out each unit in turn says of a score.

    Attributes:
        value: the score of all units.
        error: its standard error.
        bias: by how much it is too high on average.
        units: how many there are.
        moving: how many change the score when they are left out.
        kurtosis: of these changes: about 3 where all weigh alike, as many as there are units where one decides all.
    """

    value: float
    error: float
    bias: float
    units: int
    moving: int
    kurtosis: float = 0.0


def spread_of(value: float, without: Floats, times: Floats) -> Spread:
    """The jackknife.

    Args:
        value: the score of all units.
        without: (U,) the score without one unit of each kind; NaN where it is then undefined, which counts as no move.
        times: (U,) how many units of each kind there are.
    Source: Quenouille 1956, Tukey 1958; Efron and Stein 1981 on its standard error.

    >>> numbers = np.array([1.0, 2.0, 4.0, 5.0])
    >>> found = spread_of(3.0, (12 - numbers) / 3, np.ones(4))
    >>> bool(abs(found.error - numbers.std(ddof=1) / 2) < 1e-12)
    True
    """
    known = np.where(np.isfinite(without), without, value)
    units = float(times.sum())
    mean = float((times * known).sum()) / units
    moves = known - mean
    squares = float((times * moves**2).sum())
    kurtosis = units * float((times * moves**4).sum()) / squares**2 if squares else 0.0
    moving = int(times[np.abs(known - value) > 1e-12].sum())
    error = math.sqrt((units - 1) / units * squares)
    return Spread(value, error, (units - 1) * (mean - value), int(units), moving, kurtosis)
