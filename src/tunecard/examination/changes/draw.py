"""Draws that hang on a seed and on what is drawn for, and on nothing else: equal texts are always changed alike."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Draw:
    """Draws one after the other. Only `Random.random` is asked, whose stream Python promises to keep."""

    def __init__(self, *key: object) -> None:
        self._key = key
        self._stream = Random("\x1f".join(map(str, key))).random

    def apart(self, *more: object) -> Draw:
        """Draws of their own for a text or a word, the same wherever it stands."""
        return Draw(*self._key, *more)

    def below(self, count: int) -> int:
        """A whole number from 0, less than `count`."""
        return int(self._stream() * count)

    def one_of(self, items: Sequence[T]) -> T:
        """One of them."""
        return items[self.below(len(items))]

    def several(self, count: int, of: Sequence[T]) -> list[T]:
        """So many different ones of them."""
        left = list(of)
        return [left.pop(self.below(len(left))) for _ in range(count)]
