"""A letter becomes one of another alphabet that looks the same: what copying, spoofing and careless keyboards leave.

Source: Unicode Technical Standard 39, confusables; as an attack: Boucher et al. 2022, "Bad Characters".
"""

from __future__ import annotations

from tunecard.examination.changes.draw import Draw
from tunecard.examination.changes.of_words import WordChange

ALIKE = dict(zip(
    "aceiopsxyABCEHIKMOPTX",
    "\u0430\u0441\u0435\u0456\u043e\u0440\u0455\u0445\u0443"
    "\u0410\u0412\u0421\u0415\u041d\u0406\u041a\u041c\u041e\u0420\u0422\u0425",
    strict=True,
))  # fmt: skip


def disguise(word: str, draw: Draw) -> str:
    """One letter that has a Cyrillic twin, as that twin."""
    at = draw.one_of([at for at, letter in enumerate(word) if letter in ALIKE])
    return word[:at] + ALIKE[word[at]] + word[at + 1 :]


def _fits(word: str) -> bool:
    return any(letter in ALIKE for letter in word)


LOOK_ALIKE_LETTERS = WordChange("look-alike letters", (0.1, 0.3), _fits, disguise)
