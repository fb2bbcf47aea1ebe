"""How a value from a stranger's card is shown in a message: short, on one line, without control characters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_LONGEST = 60


def shown(value: Any) -> str:
    """The value as a reader recognises it; lists and mappings by kind and size only (YAML anchors can be vast).

    >>> shown("zh-CN"), shown(None), shown([1, 2])
    ("'zh-CN'", 'nothing', 'a list of 2')
    """
    if value is None:
        return "nothing"
    if isinstance(value, list | dict):
        return f"a {'list' if isinstance(value, list) else 'mapping'} of {len(value)}"
    text = printable(str(value))
    text = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    return repr(text) if isinstance(value, str) else text


def printable(text: str) -> str:
    """The text with every control character as a blank, so that no card can steer a terminal."""
    return "".join(character if character.isprintable() else " " for character in text)


def listed(words: Sequence[str]) -> str:
    """Words in a row with "or" before the last.

    >>> listed(["a", "b", "c"])
    'a, b or c'
    """
    return " or ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
