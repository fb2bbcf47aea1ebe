"""Text from anywhere as a terminal may have it: nothing in it moves the cursor, sets a title or turns the direction.

Asked in two places only: where an error becomes words, and where text leaves for a terminal (`cli/streams.py`).
"""

from __future__ import annotations

KEPT = "\n\t"  # they lay out what tunecard itself says
JOINERS = "\u200c\u200d"  # Persian, Hindi and emoji are not written without them, and they move nothing


def printable(text: str) -> str:
    r"""The text with every control character, direction mark and lone surrogate as Python would escape it.

    >>> print(printable("\x1b]0;title\x07 \u202eabc\x9b2J caf\u00e9"))
    \x1b]0;title\x07 \u202eabc\x9b2J café
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if _is_harmless(char) else _escaped(char) for char in text)


def _is_harmless(char: str) -> bool:
    # Blanks of other widths are no printable characters to Python, and yet only blanks.
    return char.isprintable() or char in KEPT or char in JOINERS or (char.isspace() and ord(char) in _BLANKS)


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


_BLANKS = frozenset({0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000})
