"""The scale on which a kind of score is nearly normal, so that an interval keeps its promise with few rows too."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """A change of scale.

    Attributes:
        name: in words.
        low, high: the open range that it takes.
        forward, back: there and back again.
        slope: of `forward`, which carries a standard error over.
        is_open: the scores have no greatest value, so that a few rows may make up most of one.
    """

    name: str
    low: float
    high: float
    forward: Callable[[float], float]
    back: Callable[[float], float]
    slope: Callable[[float], float]
    is_open: bool = False


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


PLAIN = Scale("", -math.inf, math.inf, lambda x: x, lambda x: x, lambda x: 1.0)
LOGIT = Scale("logit scale", 0.0, 1.0, lambda x: math.log(x / (1 - x)), _logistic, lambda x: 1 / (x * (1 - x)))
FISHER = Scale("Fisher's z scale", -1.0, 1.0, math.atanh, math.tanh, lambda x: 1 / (1 - x * x))
LOG = Scale("log scale", 0.0, math.inf, math.log, math.exp, lambda x: 1 / x)
OPEN_LOG = Scale(LOG.name, LOG.low, LOG.high, LOG.forward, LOG.back, LOG.slope, is_open=True)
