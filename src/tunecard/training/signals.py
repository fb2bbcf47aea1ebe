"""SIGINT and SIGTERM set a flag; the loop reads it between steps. A second signal stops at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

WATCHED = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def watch_signals() -> Iterator[Callable[[], bool]]:
    """Yields a function that tells whether a stop was asked for. Outside the main thread it always says no."""
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    came: list[int] = []

    def remember(number: int, frame: FrameType | None) -> None:
        if came:
            raise KeyboardInterrupt
        came.append(number)

    before = {number: signal.signal(number, remember) for number in WATCHED}
    try:
        yield lambda: bool(came)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
