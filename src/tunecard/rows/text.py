"""Text as it came: whether it can be written and seen at all, and how a message shows it."""

from __future__ import annotations

import unicodedata
from typing import Any

SHOWN_CHARACTERS = 60


def is_broken_text(value: Any) -> bool:
    """Whether a text cannot be written as UTF-8."""
    return isinstance(value, str) and not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value)


# Blank, though Unicode calls them letters, marks or symbols: fillers, the joiner of graphemes, variation selectors.
_BLANK = {"\u034f", "\u115f", "\u1160", "\u17b4", "\u17b5", "\u2800", "\u3164", "\uffa0"}
_UNSEEN = {"Cc", "Cf", "Zs", "Zl", "Zp"}


def is_invisible(text: str) -> bool:
    """Whether nothing of a text can be seen: blanks, control and format characters, zero-width marks, or nothing.

    Training and prediction ask this one function of words and of texts.

    >>> [is_invisible(text) for text in ("", " ", "\\u200b", "\\u00ad", "\\u200f\\n", "a", ".", "\\u00e9")]
    [True, True, True, True, True, False, False, False]
    """
    return all(map(is_unseen, text))


def is_unseen(char: str) -> bool:
    """Whether a character shows nothing by itself."""
    return (
        unicodedata.category(char) in _UNSEEN
        or char in _BLANK
        or "\ufe00" <= char <= "\ufe0f"
        or "\U000e0000" <= char <= "\U000e01ef"
    )


def shown(value: Any) -> str:
    """A value as an error shows it: short, and with its kind."""
    if value is None:
        return "nothing (null)"
    text = ascii(value) if is_broken_text(value) else repr(value)
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 3] + "..."
