"""A number becomes another of its kind: as many digits, its point or comma in place, a year one of its century.

The same number becomes the same other one everywhere, and two that differ stay different.
"""

from __future__ import annotations

import re

from tunecard.examination.changes.draw import Draw
from tunecard.examination.changes.of_words import WordChange

NUMBER = re.compile(r"[^\w\s]*\d+(?:[.,]\d+)*[^\w\s]*")
YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
KEPT = {"0", "1"}  # none and one: the words beside them would no longer agree


def another_number(word: str, draw: Draw) -> str:
    """The word with every digit moved on by what the draw says of all numbers."""
    figures = draw.apart("digits")
    first, other = 1 + figures.below(8), 1 + figures.below(9)
    return re.sub(r"\d+", lambda found: _moved(found[0], first, other), word)


def _moved(digits: str, first: int, other: int) -> str:
    kept = 2 if YEAR.fullmatch(digits) else 0
    return digits[:kept] + "".join(
        str((int(digit) - 1 + first) % 9 + 1) if at == 0 and digit != "0" else str((int(digit) + other) % 10)
        for at, digit in enumerate(digits)
        if at >= kept
    )


def _fits(word: str) -> bool:
    return word.isascii() and bool(NUMBER.fullmatch(word)) and "".join(filter(str.isdigit, word)) not in KEPT


OTHER_NUMBERS = WordChange("other numbers", (1.0,), _fits, another_number, keeps_facts=False)
