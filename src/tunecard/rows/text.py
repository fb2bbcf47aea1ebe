"""Text as it came: whether it can be written at all, and how a message shows it."""

from __future__ import annotations

from typing import Any

SHOWN_CHARACTERS = 60


def is_broken_text(value: Any) -> bool:
    """Whether a text cannot be written as UTF-8."""
    return isinstance(value, str) and not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value)


def shown(value: Any) -> str:
    """A value as an error shows it: short, and with its kind."""
    if value is None:
        return "nothing (null)"
    text = ascii(value) if is_broken_text(value) else repr(value)
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 3] + "..."
