"""SIGINT and SIGTERM end what goes on at once; where steps are taken, after the step. A second one always at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from tunecard.errors import Interrupted, TunecardError

WATCHED = (signal.SIGINT, signal.SIGTERM)


class _StopNow(KeyboardInterrupt):
    """Raised where the signal came. No `except Exception` holds it up."""


class Stop:
    """Whether a stop was asked for: `stop()` tells. What is written is whole or absent, so that a stage may end
    anywhere; training, whose steps would be lost, asks between them instead."""

    def __init__(self) -> None:
        self._is_asked = False
        self._is_awaited = False

    def __call__(self) -> bool:
        return self._is_asked

    @contextmanager
    def awaited(self) -> Iterator[None]:
        """Within, a signal is only noted: whoever runs asks by himself and saves his state."""
        before, self._is_awaited = self._is_awaited, True
        try:
            yield
        finally:
            self._is_awaited = before

    def ask(self) -> None:
        """Asks for a stop, as a signal does. Raises: KeyboardInterrupt: at once, unless the first is awaited."""
        was_asked, self._is_asked = self._is_asked, True
        if was_asked:
            raise KeyboardInterrupt
        if not self._is_awaited:
            raise _StopNow


@contextmanager
def watch_signals() -> Iterator[Stop]:
    """Yields what tells whether a stop was asked for. Outside the main thread it always says no.

    Raises: Interrupted: a signal ended the block.
    """
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def remember(number: int, frame: FrameType | None) -> None:
        stop.ask()

    before = {number: signal.signal(number, remember) for number in WATCHED}
    try:
        yield stop
    except TunecardError:
        raise
    except (_StopNow, Exception) as error:
        if not stop():
            raise
        # A signal may come while something is being closed, which then fails in its own way.
        raise Interrupted("stopped in the middle of a stage. What was made is kept. Go on with --resume.") from error
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
