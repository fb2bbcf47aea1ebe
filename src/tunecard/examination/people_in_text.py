"""Where rows name a group of people, and the same rows speaking of another group."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from tunecard.examination.changes.draw import Draw
from tunecard.examination.people import Family
from tunecard.rows.dataset import Split

_WORD = re.compile(r"[A-Za-z]+")
OBJECT = "him"  # "her" is "his" before a word and "him" elsewhere


def mentions(family: Family, rows: Split, inputs: Sequence[str]) -> list[int]:
    """Places of the rows that hold a word of the family in one of the inputs."""
    known = _places(family)

    def names(value: Any) -> bool:
        return any(_known(word, family, known) for word in _words_of(value))

    return [place for place in range(len(rows)) if any(names(rows.inputs[name][place]) for name in inputs)]


def spoken_of(family: Family, group: str, rows: Split, inputs: Sequence[str], seed: int) -> Split:
    """The rows, their words of the family become words of one group; equal names of a row stay equal."""

    def written(place: int, value: Any) -> Any:
        write = _writer(family, group, Draw(seed, family.name, group, rows.rows[place]))
        if isinstance(value, list):
            return [_WORD.sub(lambda found: write(found, ""), word) for word in value]
        return _WORD.sub(lambda found: write(found, value[found.end() :]), value)

    changed = {name: [written(place, value) for place, value in enumerate(rows.inputs[name])] for name in inputs}
    return replace(rows, inputs={**rows.inputs, **changed}, factors={})


def _writer(family: Family, group: str, draw: Draw) -> Callable[[re.Match[str], str], str]:
    known, new = _places(family), family.groups[group]

    def write(found: re.Match[str], behind: str) -> str:
        word = found[0]
        home = _known(word, family, known)
        if home is None or (home[0] == group and family.is_aligned):
            return word
        other = new[home[1]] if family.is_aligned else draw.apart(word).one_of(new)
        if word.lower() == "her" and not re.match(r"\s+[A-Za-z]", behind):
            other = OBJECT
        return _in_case_of(word, other)

    return write


@cache
def _places(family: Family) -> dict[str, tuple[str, int]]:
    """Word to its group and its place among the words of that; the first of equal ones."""
    found: dict[str, tuple[str, int]] = {}
    for group, words in family.groups.items():
        for place, word in enumerate(words):
            found.setdefault(word.lower(), (group, place))
    if OBJECT not in found and "her" in found:
        found[OBJECT] = ("male", found["her"][1])
    return found


def _known(word: str, family: Family, known: dict[str, tuple[str, int]]) -> tuple[str, int] | None:
    return None if family.is_name and not word[:1].isupper() else known.get(word.lower())


def _words_of(value: Any) -> list[str]:
    return _WORD.findall(" ".join(value) if isinstance(value, list) else value)


def _in_case_of(word: str, other: str) -> str:
    if word.isupper() and len(word) > 1:
        return other.upper()
    return other[:1].upper() + other[1:] if word[:1].isupper() else other
