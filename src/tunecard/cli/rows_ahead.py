"""Rows of a stream, counted batch by batch while a window of them is predicted, and put right when the window ends."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

from tunecard.counted import Count, Uncounted

ROWS = "rows"


class RowsAhead:
    """A watcher that moves one count by what is predicted within windows.

    Args:
        count: of the whole stream.
        total: its rows; None where nobody knows. A long row may be predicted in several pieces: what is counted ahead
            never passes the total.
    """

    def __init__(self, count: Count, total: int | None) -> None:
        self._count, self._total = count, total
        self._settled = self._ahead = 0

    def counted(self, title: str, total: int | None, unit: str, done: int = 0) -> AbstractContextManager[Count]:
        """Counts of rows move the stream's; others are not heard."""
        return nullcontext(self if unit == ROWS else Uncounted())

    def advance(self, n: int = 1) -> None:
        """So many rows of the window, or pieces of them, are predicted."""
        room = n if self._total is None else min(n, self._total - self._settled - self._ahead)
        if room > 0:
            self._ahead += room
            self._count.advance(room)

    def tell(self, text: str) -> None: ...

    def settle(self, rows: int) -> None:
        """A window of so many rows is written."""
        self._count.advance(rows - self._ahead)
        self._settled, self._ahead = self._settled + rows, 0
