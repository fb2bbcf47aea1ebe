"""Work that takes a while: who does it says how much there is and how much is done, and whoever watches hears it.

Rooms that know of no door count their work here, as they would warn or log. Without a watcher nothing is kept and
nothing is shown (decisions/0018-counted-work.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sized
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Count(Protocol):
    """One piece of work under way."""

    def advance(self, n: int = 1) -> None:
        """So many more units are done."""

    def tell(self, text: str) -> None:
        """What is worked on now, beside the figures: a few words that the next call replaces."""


class Watcher(Protocol):
    """Hears of counted work; it must not change it."""

    def counted(self, title: str, total: int | None, unit: str, done: int = 0) -> AbstractContextManager[Count]:
        """Work begins with the block and ends with it.

        Args:
            title: what is done, as a heading.
            total: how many units there are; None where nobody knows.
            unit: what is counted, in the plural; empty where nothing is.
            done: how much of it was done before.
        """


class Uncounted:
    """What counts go to that nobody watches."""

    def advance(self, n: int = 1) -> None: ...

    def tell(self, text: str) -> None: ...


_WATCHER: ContextVar[Watcher | None] = ContextVar("watcher", default=None)
_NOBODY = Uncounted()


def counted(title: str, total: int | None = None, unit: str = "", done: int = 0) -> AbstractContextManager[Count]:
    """The work of the block, told to whoever watches; arguments as of `Watcher.counted`."""
    watcher = _WATCHER.get()
    return nullcontext(_NOBODY) if watcher is None else watcher.counted(title, total, unit, done)


def each(items: Iterable[T], title: str, unit: str, total: int | None = None) -> Iterator[T]:
    """The items one by one, counted: one is done when the next is asked for.

    Args:
        total: how many there are; without it the items are asked.
    """
    size = total if total is not None or not isinstance(items, Sized) else len(items)
    with counted(title, size, unit) as count:
        for item in items:
            yield item
            count.advance()


@contextmanager
def one_of(count: Count, name: str) -> Iterator[None]:
    """One unit of counted work, named while it lasts."""
    count.tell(name)
    try:
        yield
    finally:
        count.advance()


@contextmanager
def watched_by(watcher: Any) -> Iterator[None]:
    """Within the block `watcher` hears of what is counted; a listener without `counted` hears nothing of it."""
    token = _WATCHER.set(watcher if hasattr(watcher, "counted") else None)
    try:
        yield
    finally:
        _WATCHER.reset(token)
