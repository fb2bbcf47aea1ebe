"""A change word by word, alike in texts and in lists of words: no word is added or lost, so that tags stay aligned."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tunecard.examination.changes.change import About, Row
from tunecard.examination.changes.draw import Draw

PARTIAL = "a figure in what stays would no longer fit"


@dataclass(frozen=True)
class WordChange:
    """See `Change`.

    Attributes:
        fits: whether there is something in a word to change.
        write: a word that fits, written otherwise.
        keeps_facts: whether what a text says stays; if not, all texts of a row are changed alike or none is.
    """

    name: str
    strengths: tuple[float, ...]
    fits: Callable[[str], bool]
    write: Callable[[str, Draw], str]
    keeps_facts: bool = True

    def why_not(self, about: About) -> str:
        """Facts are only changed in whole rows."""
        return "" if self.keeps_facts or about.is_whole else PARTIAL

    def changed(self, row: Row, strength: float, draw: Draw, about: About) -> Row:
        """So large a share of the words that fit, at least one of each text."""
        inputs = {name: self._written(row.inputs[name], strength, draw) for name in about.free}
        return replace(row, inputs={**row.inputs, **inputs})

    def _written(self, value: Any, strength: float, draw: Draw) -> Any:
        if isinstance(value, list):
            return self._of(value, strength, draw.apart(strength, *value), draw)
        pieces = re.split(r"(\s+)", value)  # words at even places, the blanks between them at odd ones
        pieces[::2] = self._of(pieces[::2], strength, draw.apart(strength, value), draw)
        return "".join(pieces)

    def _of(self, words: Sequence[str], strength: float, places: Draw, draw: Draw) -> list[str]:
        fitting = [place for place, word in enumerate(words) if self.fits(word)]
        wanted = min(len(fitting), max(1, round(strength * len(fitting))))
        new = list(words)
        for place in places.several(wanted, fitting):
            new[place] = self.write(words[place], places if self.keeps_facts else draw)
        return new
