"""A stretch of legible text in a file."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Passage:
    """Text to be searched.

    Attributes:
        text: as a reader sees it.
        place: where it stands, e.g. "column label, row 3"; None: lines of a text file, which are counted.
        is_vocabulary: a base's list of tokens: any word may stand there, so names and paths are not looked for.
    """

    text: str
    place: str | None = None
    is_vocabulary: bool = False

    def place_of(self, position: int) -> str:
        """Where a character of the text stands."""
        return self.place or f"line {bisect_right(self._line_starts, position)}"

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(mark.end() for mark in re.finditer("\n", self.text))]
