"""What was asked for most lately, within so many bytes; what had to go is loaded again when it is asked for."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """Values that can be loaded again, by key. What is in use stays alive with whoever uses it.

    Args:
        most_bytes: of all together; the last one stays, however large it is.
        told: is given how many there are and their bytes, whenever one was loaded or has gone.
    """

    def __init__(self, most_bytes: int, told: Callable[[int, int], None] = lambda count, size: None) -> None:
        self._most_bytes, self._told = most_bytes, told
        self._values: OrderedDict[str, tuple[T, int]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.RLock()

    def get(self, key: str, load: Callable[[], T], size_of: Callable[[T], int]) -> T:
        """The value; `load` is called where it is not there, and what it raises is raised."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key][0]
            value = load()
            self.put(key, value, size_of(value))
            return value

    def put(self, key: str, value: T, size: int) -> None:
        """Keeps a value that was loaded already; others go where they are too many."""
        with self._lock:
            self._let_go(key)
            self._values[key] = value, size
            self._bytes += size
            while self._bytes > self._most_bytes and len(self._values) > 1:
                self._let_go(next(iter(self._values)))
            self._told(len(self._values), self._bytes)

    def drop(self, key: str) -> None:
        """Lets go of a value, if it is there."""
        with self._lock:
            self._let_go(key)
            self._told(len(self._values), self._bytes)

    def _let_go(self, key: str) -> None:
        _, size = self._values.pop(key, (None, 0))
        self._bytes -= size

    def __len__(self) -> int:
        return len(self._values)
