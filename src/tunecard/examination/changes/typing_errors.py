"""Typing errors: a letter becomes that of the next key, or two letters inside a word change places.

Source: Belinkov and Bisk 2018, "Synthetic and Natural Noise Both Break Neural Machine Translation".
"""

from __future__ import annotations

from tunecard.examination.changes.draw import Draw
from tunecard.examination.changes.of_words import WordChange

ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
LEAST_LETTERS = 4  # of a shorter word one letter more or less may be another word


def _neighbours() -> dict[str, str]:
    """Letter to the letters on keys beside it in its row of the keyboard."""
    return {key: (row[at - 1] if at else "") + row[at + 1 : at + 2] for row in ROWS for at, key in enumerate(row)}


NEIGHBOURS = _neighbours()


def mistype(word: str, draw: Draw) -> str:
    """One slip: of a neighbouring key, or two inner letters in the wrong order, each as likely where both can be."""
    inner = [at for at in range(1, len(word) - 2) if word[at : at + 2].isalpha() and word[at] != word[at + 1]]
    keys = [at for at, letter in enumerate(word) if letter.lower() in NEIGHBOURS]
    if not inner and not keys:
        return word
    if inner and (not keys or draw.below(2)):
        at = draw.one_of(inner)
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    at = draw.one_of(keys)
    new = draw.one_of(NEIGHBOURS[word[at].lower()])
    return word[:at] + (new.upper() if word[at].isupper() else new) + word[at + 1 :]


def _fits(word: str) -> bool:
    return sum(map(str.isalpha, word)) >= LEAST_LETTERS


TYPING_ERRORS = WordChange("typing errors", (0.1, 0.3), _fits, mistype)
