"""Every mark of punctuation left out, but for those inside a word or a number (don't, well-known, 3.5)."""

from __future__ import annotations

import re
import unicodedata

from tunecard.examination.changes.draw import Draw
from tunecard.examination.changes.of_texts import TextChange

MEANT = "#@%&*/\\_"  # of which a word may be made, though Unicode calls them punctuation


def without_punctuation(text: str, strength: float, draw: Draw) -> str:
    """The text without its marks, and without the blanks that stood around those alone."""
    kept = "".join(letter for at, letter in enumerate(text) if not _is_mark(text, at))
    return re.sub(r"(\s)\s+", r"\1", kept).strip() if kept != text else text


def _is_mark(text: str, at: int) -> bool:
    if text[at] in MEANT or not unicodedata.category(text[at]).startswith("P"):
        return False
    around = text[max(at - 1, 0) : at], text[at + 1 : at + 2]
    return not all(side.isalnum() for side in around)


LESS_PUNCTUATION = TextChange("punctuation left out", (1.0,), without_punctuation)
