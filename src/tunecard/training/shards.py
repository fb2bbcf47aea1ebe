"""A batch in pieces of like length: the same gradient with less padding.

The loss of a step is a sum over its labels, divided by all of them once. So the rows of a step may go through the model
in any pieces; which rows make a step never changes. On a processor, where padding costs as much as text, pieces of like
length are faster (docs/log.md, "Padding inside a step"); on a GPU launches cost more than padding: a batch stays whole.
"""

from __future__ import annotations

from collections.abc import Sequence

LEAST_FILL = 0.75
LEAST_TOKENS = 96


def split_by_length(rows: Sequence[int], lengths: Sequence[int]) -> list[list[int]]:
    """Rows, longest first, in shards whose shortest row fills at least three quarters of the longest.

    A shard of fewer than 96 padded tokens takes shorter rows, too: a pass through the model has a fixed cost.

    Args:
        lengths: tokens of every row of the split; `rows` are positions in it.

    >>> split_by_length([0, 1, 2, 3], [100, 20, 95, 24])
    [[0, 2], [3, 1]]
    """
    shards: list[list[int]] = []
    for row in sorted(rows, key=lambda row: -lengths[row]):
        longest = lengths[shards[-1][0]] if shards else 0
        is_small = bool(shards) and longest * len(shards[-1]) < LEAST_TOKENS
        if shards and (is_small or lengths[row] >= LEAST_FILL * longest):
            shards[-1].append(row)
        else:
            shards.append([row])
    return shards
