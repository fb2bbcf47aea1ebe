"""How many forward passes probes may make: all together, and each of them."""

from __future__ import annotations

import math
from collections.abc import Sequence

LEAST = 2_000
SHARE = 0.2
RULE = f"the forward passes of {SHARE:g} training epochs, at least {LEAST:,}"


def budget_for(training_rows: int) -> int:
    """Forward passes of one row, all probes together, where nobody says how many.

    >>> budget_for(300), budget_for(43_410)
    (2000, 8682)
    """
    return max(LEAST, math.ceil(SHARE * training_rows))


def share_out(prices: Sequence[int], budget: int, least: Sequence[int] = ()) -> list[int]:
    """What each probe may spend: its price, or where all of them cost more than there is, no more than any other.

    Args:
        least: passes below which a probe has nothing to say, at most its price; it gets so many though others then get
            fewer, as long as all of these together are no more than there is.

    >>> share_out([0, 100, 5000, 5000], 2000), share_out([0, 100], 2000)
    ([0, 100, 950, 950], [0, 100])
    >>> share_out([100, 5000, 5000], 2000, [0, 0, 1200])
    [100, 700, 1200]
    """
    floors = list(least) if least and sum(least) <= budget else [0] * len(prices)
    shares = _levelled(prices, budget)
    kept: set[int] = set()
    while short := {place for place, share in enumerate(shares) if share < floors[place]} - kept:
        kept |= short
        others = [place for place in range(len(prices)) if place not in kept]
        of_others = _levelled([prices[place] for place in others], budget - sum(floors[place] for place in kept))
        shares = [floors[place] if place in kept else 0 for place in range(len(prices))]
        for place, share in zip(others, of_others, strict=True):
            shares[place] = share
    return shares


def _levelled(prices: Sequence[int], budget: int) -> list[int]:
    shares, left = [0] * len(prices), budget
    for done, place in enumerate(sorted(range(len(prices)), key=lambda place: prices[place])):
        shares[place] = min(prices[place], left // (len(prices) - done))
        left -= shares[place]
    return shares
