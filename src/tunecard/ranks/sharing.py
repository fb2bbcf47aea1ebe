"""Who takes which rows: each rank about as many tokens as the others, decided by the rows alone."""

from __future__ import annotations

import heapq
from collections.abc import Sequence


def share_out(costs: Sequence[int], count: int) -> list[list[int]]:
    """Deals items to ranks: the most costly first, each to the rank that has least so far (Graham 1969).

    Args:
        costs: of each item, such as its tokens.
        count: of ranks.
    Returns: for each rank its items, as positions in `costs`, in rising order; every item once. A rank has none where
        there are fewer items than ranks.

    >>> share_out([5, 9, 4, 1], 2)
    [[1, 3], [0, 2]]
    """
    shares: list[list[int]] = [[] for _ in range(count)]
    loads = [(0, number) for number in range(count)]
    for item in sorted(range(len(costs)), key=lambda item: -costs[item]):
        load, number = heapq.heappop(loads)
        shares[number].append(item)
        heapq.heappush(loads, (load + costs[item], number))
    return [sorted(share) for share in shares]
