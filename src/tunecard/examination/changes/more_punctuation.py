"""Commas where none belong, and a full stop at the end of what has none."""

from __future__ import annotations

import re

from tunecard.examination.changes.draw import Draw
from tunecard.examination.changes.of_texts import TextChange


def with_punctuation(text: str, strength: float, draw: Draw) -> str:
    """A comma behind so large a share of the words, at least behind one, and an end."""
    pieces = re.split(r"(\s+)", text.rstrip())
    places = [at for at in range(0, len(pieces) - 2, 2) if pieces[at][-1:].isalnum()]
    for at in draw.several(min(len(places), max(1, round(strength * len(places)))), places):
        pieces[at] += ","
    return "".join(pieces) + ("." if pieces[-1][-1:].isalnum() else "")


MORE_PUNCTUATION = TextChange("punctuation added", (0.2,), with_punctuation)
