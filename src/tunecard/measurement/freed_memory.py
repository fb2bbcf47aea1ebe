"""Memory that was freed, back to the system: glibc keeps it for later, and a peak would count it twice."""

from __future__ import annotations

import ctypes


def give_back_memory() -> None:
    """Hands pages that hold nothing back; does nothing where the C library has no such call."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError):
        return
