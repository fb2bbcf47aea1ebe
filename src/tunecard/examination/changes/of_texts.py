"""A change of whole texts, which may add or lose words: made where no word has a tag of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from tunecard.examination.changes.change import About, Row
from tunecard.examination.changes.draw import Draw

TAGGED = "each word has a tag, and words would be added or lost"


@dataclass(frozen=True)
class TextChange:
    """See `Change`.

    Attributes:
        write: a text written otherwise, at a strength.
    """

    name: str
    strengths: tuple[float, ...]
    write: Callable[[str, float, Draw], str]

    def why_not(self, about: About) -> str:
        """Rows of words are left alone."""
        return TAGGED if about.holds_words else ""

    def changed(self, row: Row, strength: float, draw: Draw, about: About) -> Row:
        """Every text of the row that may be written otherwise and is not empty."""
        texts = {name: row.inputs[name] for name in about.free if row.inputs[name].strip()}
        written = {name: self.write(text, strength, draw.apart(strength, text)) for name, text in texts.items()}
        return replace(row, inputs={**row.inputs, **written})
