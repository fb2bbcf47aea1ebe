"""Words that nobody can see: left out before a model reads a row, in training and prediction by the same function.

Blanks, zero-width and control characters and the like stand in data where a tokenizer went wrong. Some bases make
nothing of them and others a token of noise, so that a tag of such a word can neither be learnt nor given; its
neighbours are read as if it were not there. Whoever predicts still gets one tag a word given: O for these."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tunecard.row_faults import places_in_words
from tunecard.rows.text import is_invisible

OUTSIDE = "O"
Where = Callable[[int, int | None], str]


@dataclass
class Readable:
    """Rows as a model reads them: inputs by role, labels, and what was left out of them, a sentence each."""

    inputs: dict[str, list[Any]]
    labels: list[Any]
    notes: list[str] = field(default_factory=list)


def visible_places(words: Sequence[str]) -> list[int]:
    """The places of the words that can be seen."""
    return [place for place, word in enumerate(words) if not is_invisible(word)]


@dataclass
class VisibleWords:
    """Rows without the words that cannot be seen.

    Attributes:
        tokens: (N,) lists of words.
        labels: (N,) lists of IOB2 tags, or None.
        left_out: (row, place) of each word that was left out.
        lost: of them, those that begin an entity of which nothing is left.
    """

    tokens: list[list[str]]
    labels: list[Any]
    left_out: list[tuple[int, int]] = field(default_factory=list)
    lost: list[tuple[int, int]] = field(default_factory=list)

    def notes(self, where: Where) -> list[str]:
        """What was left out, and the entities that were lost by it, in sentences."""
        said = []
        if self.left_out:
            said.append(
                f"{_places(self.left_out, where)}: words of which nothing can be seen (blanks, zero-width or control "
                "characters) are left out, as they are when predicting"
            )
        if self.lost:
            said.append(f"{_places(self.lost, where)}: entities of nothing but such words are lost")
        return said


def only_visible(tokens: Sequence[list[str]], labels: Sequence[Any]) -> VisibleWords:
    """Leaves out the words that cannot be seen, with their tags; an entity that loses its first word begins at the
    next.

    Args:
        tokens: (N,) lists of words.
        labels: (N,) lists of IOB2 tags, or None.
    """
    found = VisibleWords(list(tokens), list(labels))
    for row, words in enumerate(tokens):
        places = visible_places(words)
        if len(places) == len(words):
            continue
        found.tokens[row] = [words[place] for place in places]
        found.left_out += [(row, place) for place in range(len(words)) if place not in set(places)]
        if labels[row] is not None:
            found.labels[row], lost = _visible_tags(labels[row], set(places))
            found.lost += [(row, place) for place in lost]
    return found


def _visible_tags(tags: Sequence[str], places: set[int]) -> tuple[list[str], list[int]]:
    """Tags of the places that are kept, and the first places of entities that are lost."""
    kept, lost = [], []
    begun: int | None = None  # where an entity began of which no word was kept so far
    for place, tag in enumerate(tags):
        if not tag.startswith("I-") and begun is not None:
            lost.append(begun)
            begun = None
        if place not in places:
            begun = place if tag.startswith("B-") else begun
        else:
            kept.append(f"B-{tag[2:]}" if begun is not None else tag)
            begun = None
    return kept, lost + ([] if begun is None else [begun])


def _places(places: Sequence[tuple[int, int]], where: Where) -> str:
    return places_in_words([where(row, place) for row, place in places[:3]], len(places))
