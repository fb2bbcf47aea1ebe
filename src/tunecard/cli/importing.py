"""Importing torch and its kin without looking for garbage: hundreds of thousands of objects, and none is any."""

from __future__ import annotations

import atexit
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

HEAVY = "torch"


@contextmanager
def importing() -> Iterator[None]:
    """Inside, no garbage is looked for; what was imported is never looked at again.

    Nothing is changed where torch is imported already: the process is somebody else's.
    """
    if HEAVY in sys.modules or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@cache
def leave_quickly() -> None:
    """At the end of the process nobody looks through all that was imported: the memory goes back as a whole."""
    atexit.register(gc.freeze)
