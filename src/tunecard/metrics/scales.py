"""The scale on which a kind of score is nearly normal, so that an interval keeps its promise with few rows too."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Scale:
    """A change of scale.

    Attributes:
        name: in words.
        low, high: the open range that it takes.
        forward, back: there and back again.
        slope: of `forward`, which carries a standard error over.
        least: units without which the interval holds its level no longer (`benchmarks/coverage.py`).
        is_open: what a row adds has no bound, so that a few rows may decide all.
    """

    name: str
    low: float
    high: float
    forward: Callable[[float], float]
    back: Callable[[float], float]
    slope: Callable[[float], float]
    least: int
    is_open: bool = False


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


PLAIN = Scale("", -math.inf, math.inf, lambda x: x, lambda x: x, lambda x: 1.0, 30)
LOGIT = Scale("logit scale", 0.0, 1.0, lambda x: math.log(x / (1 - x)), _logistic, lambda x: 1 / (x * (1 - x)), 10)
FISHER = Scale("Fisher's z scale", -1.0, 1.0, math.atanh, math.tanh, lambda x: 1 / (1 - x * x), 10)
LOG = Scale("log scale", 0.0, math.inf, math.log, math.exp, lambda x: 1 / x, 30)
OPEN_FISHER = replace(FISHER, is_open=True)
OPEN_LOG = replace(LOG, is_open=True)
