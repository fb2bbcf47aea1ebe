"""Blanks in the wrong places: one left out between two words, or one put inside a word; figures stay whole."""

from __future__ import annotations

import re

from tunecard.examination.changes.draw import Draw
from tunecard.examination.changes.of_texts import TextChange

LEAST_LETTERS = 4  # of a word that is parted


def misplace_blanks(text: str, strength: float, draw: Draw) -> str:
    """At so large a share of the words without digits, at least at one."""
    pieces = re.split(r"(\s+)", text)
    words = [at for at in range(0, len(pieces), 2) if not any(map(str.isdigit, pieces[at]))]
    places = [at for at in words if len(pieces[at]) >= LEAST_LETTERS or at + 2 in words]
    for at in draw.several(min(len(places), max(1, round(strength * len(places)))), places):
        word, may_join = pieces[at], at + 2 in words
        if len(word) >= LEAST_LETTERS and not (may_join and draw.below(2)):
            cut = 1 + draw.below(len(word) - 1)
            pieces[at] = f"{word[:cut]} {word[cut:]}"
        elif may_join:
            pieces[at + 1] = ""
    return "".join(pieces)


SPACES = TextChange("misplaced blanks", (0.1, 0.3), misplace_blanks)
