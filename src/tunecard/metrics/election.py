"""Which of several scored states is kept: the best, the last that is level with it, the last, or one that gains."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

Keep = Literal["best", "level", "last", "gain"]


def first_best(scores: Sequence[float]) -> int:
    """The place of the highest score, the first of several; a tie is no gain, and what is no number is the lowest.

    >>> first_best([math.nan, 0.5, 0.7, 0.7])
    2
    """
    return max(range(len(scores)), key=lambda place: (_known(scores[place]), -place))


def elect(scores: Sequence[float], errors: Sequence[float | None], keep: Keep) -> int:
    """The place that is kept.

    A place that is not elected when it is the last will not be later: one that is kept at a time is all to hold on to.

    Args:
        scores: higher is better, in the order in which they came.
        errors: the standard error of each; `level` takes that of the best, after the rule of one standard error
            (Breiman et al. 1984, section 3.4.3), `gain` that of the first. None, and what is not finite, counts as 0.
        keep: `gain` is the best where it lies more than the first's error above the first, else the first.

    >>> [elect([0.80, 0.90, 0.89, 0.85], [0.02] * 4, keep) for keep in ("best", "level", "last", "gain")]
    [1, 2, 3, 1]
    >>> elect([0.80, 0.81, 0.70], [0.02] * 3, "gain")
    0
    """
    if keep == "last":
        return len(scores) - 1
    best = first_best(scores)
    if keep == "best":
        return best
    error = errors[0 if keep == "gain" else best] or 0.0
    error = error if math.isfinite(error) else 0.0
    if keep == "gain":
        return best if _known(scores[best]) > _known(scores[0]) + error else 0
    least = _known(scores[best]) - error
    return max(place for place, score in enumerate(scores) if _known(score) >= least)


def _known(score: float) -> float:
    return -math.inf if math.isnan(score) else score
