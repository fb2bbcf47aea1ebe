"""Where rows go as codes of eight bits: `struct rounded` of source/rounding.h."""

from __future__ import annotations

import ctypes


class Rounded(ctypes.Structure):
    """All zeros: not wanted."""

    _fields_ = [
        *((name, ctypes.c_void_p) for name in ("values", "scales", "shifts", "times")),
        ("rotates", ctypes.c_int),
    ]
