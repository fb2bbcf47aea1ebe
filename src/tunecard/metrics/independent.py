"""How sure a difference is of two scores whose rows have nothing to do with each other, from their intervals alone."""

from __future__ import annotations

import math

from tunecard.metrics.intervals import Interval

HOW = "both intervals added square by square (Newcombe 1998, method 10; Zou and Donner 2008)"


def independent_interval(value: float, own: Interval, other_value: float, other: Interval) -> Interval:
    """The interval of `value` minus `other_value`, two scores of different rows, at the level of the two given.

    Each bound goes from the difference as far as the two scores can stray towards it together. No row is needed: it
    can be found beside a score whose predictions are withheld.

    Args:
        own, other: the interval of each score, which holds it.
    Source: Newcombe 1998 (doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I), method 10; for scores
        of any kind Zou and Donner 2008 (doi:10.1002/sim.3095).

    >>> from tunecard.metrics.intervals import wilson_interval
    >>> low, high = independent_interval(56 / 70, wilson_interval(56, 70), 48 / 80, wilson_interval(48, 80))
    >>> round(low, 4), round(high, 4)
    (0.0524, 0.3339)
    """
    gap = value - other_value
    down = math.hypot(value - own[0], other[1] - other_value)
    up = math.hypot(own[1] - value, other_value - other[0])
    return gap - down, gap + up
