"""A text that is longer than the model reads, as overlapping windows: no word is lost, each is read in context."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True)
class Window:
    """Words `start` to `end` (exclusive) of row `row`."""

    row: int
    start: int
    end: int


def plan_windows(row: int, tokens: Sequence[int], budget: int) -> list[Window]:
    """Windows that each fit `budget` tokens and overlap by half, so that a word has a quarter window around it.

    Args:
        tokens: (n,) tokens of each word.
        budget: tokens a window may hold, special tokens not included. A word beyond it is alone and will be cut.

    >>> plan_windows(0, [1] * 8, 4)
    [Window(row=0, start=0, end=4), Window(row=0, start=2, end=6), Window(row=0, start=4, end=8)]
    """
    windows = []
    start, before = 0, 0
    while True:
        end = _reach(tokens, start, budget)
        if end > before:
            windows.append(Window(row, start, end))
            before = end
        if end == len(tokens):
            return windows
        start = min(max(start + 1, _reach(tokens, start, budget // 2)), end)


def deciding_windows(windows: Sequence[Window], tokens: Sequence[int]) -> list[int]:
    """(n,) for each word of a row, which of its windows reads it furthest from an edge; the first of equals.

    Args:
        windows: all windows of one row. Where the text itself begins or ends is no edge.
        tokens: (n,) tokens of each word.
    """
    before = [0, *accumulate(tokens)]  # (n + 1,) tokens in front of a word
    best = [-1] * len(tokens)
    margin = [-1.0] * len(tokens)
    for position, window in enumerate(windows):
        for word in range(window.start, window.end):
            left = float("inf") if window.start == 0 else before[word] - before[window.start]
            right = float("inf") if window.end == len(tokens) else before[window.end] - before[word + 1]
            if min(left, right) > margin[word]:
                best[word], margin[word] = position, min(left, right)
    return best


def _reach(tokens: Sequence[int], start: int, budget: int) -> int:
    """The word after the last one that still fits; at least one word is taken."""
    end, used = start, 0
    while end < len(tokens) and (end == start or used + tokens[end] <= budget):
        used += tokens[end]
        end += 1
    return end
