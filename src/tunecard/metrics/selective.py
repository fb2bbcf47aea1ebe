"""Answering only what is surest: the area under risk against coverage, and what each answer adds to it.

Risk is the share of the given answers that is wrong, coverage the share of all answers that is given. Answers of one
stated probability are given or kept back together, so that no order of rows changes anything.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tunecard.metrics.counts import Floats, Ints
from tunecard.metrics.jackknife import Spread

POINTS = 20


def area_under_risk_coverage(stated: Floats, is_right: NDArray[np.bool_], unit: Ints) -> Spread:
    """The mean risk over all coverages, with its standard error by the infinitesimal jackknife over units.

    Args:
        stated, is_right: (N,) probability of each answer, and whether it is right; not empty.
        unit: (N,) answers with one number belong together, as entities of one row do.
    Source: Geifman and El-Yaniv 2017, arXiv:1705.08500 (the curve); Geifman et al. 2019, arXiv:1805.08206 (its area);
        Jaeckel 1972 (the error).

    >>> found = area_under_risk_coverage(np.array([0.9, 0.8, 0.7]), np.array([True, True, False]), np.arange(3))
    >>> round(found.value, 4)  # risks 0, 0 and 1/3
    0.1111
    """
    wrong = 1.0 - is_right.astype(np.float64)
    order = np.argsort(-stated, kind="stable")
    _, tied = np.unique(-stated[order], return_inverse=True)
    tied = tied.reshape(-1)
    place = np.arange(1.0, len(stated) + 1)
    risk = np.cumsum(_mean_of_tied(wrong[order], tied)) / place
    area = float(risk.mean())
    pull = _mean_of_tied(risk - area - _from_here(risk / place), tied)  # of an answer that is right
    moves = np.empty(len(stated))
    moves[order] = (pull + wrong[order] * _mean_of_tied(_from_here(1 / place), tied)) / len(stated)
    return _spread(area, moves, unit)


def coverage_thresholds(stated: Floats, points: int = POINTS) -> Floats:
    """(P,) thresholds from the highest down, which about 1, 2, ... `points` of as many parts of the answers reach.

    >>> coverage_thresholds(np.array([0.9, 0.8, 0.8, 0.6]), 4).tolist()
    [0.9, 0.8, 0.6]
    """
    ordered = np.sort(stated)[::-1]
    places = [-(-part * len(ordered) // points) - 1 for part in range(1, points + 1)]  # rounded up
    return np.unique(ordered[places])[::-1]


def _mean_of_tied(values: Floats, tied: Ints) -> Floats:
    return np.asarray((np.bincount(tied, weights=values) / np.bincount(tied))[tied])


def _from_here(values: Floats) -> Floats:
    """(N,) the sum of each and all that follow."""
    return np.asarray(np.cumsum(values[::-1])[::-1])


def _spread(area: float, moves: Floats, unit: Ints) -> Spread:
    """From what the area changes by as an answer weighs more; these changes sum to 0."""
    _, unit = np.unique(unit, return_inverse=True)
    by_unit = np.bincount(unit.reshape(-1), weights=moves)
    units, squares = len(by_unit), float((by_unit**2).sum())
    error = (squares * units / (units - 1)) ** 0.5 if units > 1 else 0.0
    kurtosis = units * float((by_unit**4).sum()) / squares**2 if squares else 0.0
    return Spread(area, error, 0.0, units, int((np.abs(by_unit) > 1e-12).sum()), kurtosis)
