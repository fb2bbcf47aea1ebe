"""A greeting before and thanks behind, in English, around texts that are written in Latin letters."""

from __future__ import annotations

from tunecard.examination.changes.draw import Draw
from tunecard.examination.changes.of_texts import TextChange

AROUND = (
    ("Hello.", "Thank you."),
    ("Good morning.", "Thanks in advance."),
    ("Hi there.", "Kind regards."),
    ("Dear all,", "Many thanks."),
)


def with_courtesy(text: str, strength: float, draw: Draw) -> str:
    """The text between two short sentences that say nothing about it."""
    letters = [letter for letter in text if letter.isalpha()]
    if sum(map(str.isascii, letters)) * 2 < len(letters):
        return text
    before, behind = draw.one_of(AROUND)
    return f"{before} {text.strip()} {behind}"


POLITENESS = TextChange("politeness around", (1.0,), with_courtesy)
