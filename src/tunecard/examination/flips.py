"""Whether an answer is another one after a row was written otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tunecard.examination.changes import Swap


def can_flip(predictions: Sequence[Any]) -> bool:
    """Whether answers are names or texts: of numbers, the least difference would be a flip."""
    return bool(predictions) and not any(isinstance(one, int | float) for one in predictions)


def is_flipped(before: Any, after: Any, swaps: Sequence[Swap] = ()) -> bool:
    """Whether the two answers differ; a name that became longer or shorter is the same where all of it is still found.

    >>> is_flipped(["O", "B-LOC"], ["O", "B-LOC", "I-LOC"], [Swap(1, 1, 2)])
    False
    >>> is_flipped(["O", "B-LOC"], ["O", "B-LOC", "O"], [Swap(1, 1, 2)])
    True
    """
    if not swaps:
        return bool(before != after)
    old, new, shift = [], [], 0
    at = 0
    for swap in swaps:
        start = swap.start + shift
        old += [*before[at : swap.start], _whole(before[swap.start : swap.start + swap.before])]
        new += [*after[at + shift : start], _whole(after[start : start + swap.after])]
        at, shift = swap.start + swap.before, shift + swap.after - swap.before
    return [*old, *before[at:]] != [*new, *after[at + shift :]]


def _whole(tags: Sequence[str]) -> Any:
    """One name for tags that are one whole, of a name or of nothing; else the tags, which no other length equals."""
    first = tags[0] if tags else ""
    goes_on = f"I-{first[2:]}" if first[1:2] == "-" else first
    return first if all(tag == goes_on for tag in tags[1:]) else list(tags)
