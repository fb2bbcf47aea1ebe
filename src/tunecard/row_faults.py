"""Faults of rows, told once a kind: how many there are, three places, and what came there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, Self

SHOWN_PLACES = 3
OF_FIRST = " (Said of the first of them.)"
GOT = "{got}"  # stands in a kind for the value that came
# A place is "train.csv row 3", "train.jsonl row 3, word 5" or "train.conll line 40".
_PLACE = re.compile(r"(?P<file>.* )?(?P<stem>(?:row|line) (?:\d+, word )?)(?P<last>\d+)$", re.DOTALL)
_VALUES = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|-?\d+(?:[.,]\d+)*|\([^()]*\)")
_CAME = re.compile(r"(.*\bGot )(.+?)(\.(?: .*)?)$", re.DOTALL)


class RowFault(str):
    """One fault or several of a kind as a sentence; those of one kind become one in `told_once`.

    Args:
        kind: what must hold and what to do; `{got}` in it stands for what came.
        place: where a reader finds the row.
        got: what came, as it is shown.
        group: what faults of one kind have in common, where their sentences differ; else the kind.

    >>> a, b = (RowFault("must be text. Got {got}.", f"a.csv row {row}", f"{row}") for row in (1, 2))
    >>> print(a)
    a.csv row 1: must be text. Got 1.
    >>> print(*told_once([a, b]))
    a.csv rows 1 and 2: must be text. Got 1, 2.
    """

    kind: str
    places: tuple[str, ...]  # the first of them
    got: tuple[str, ...]  # the first different ones
    number: int
    group: str

    def __new__(
        cls,
        kind: str,
        place: str | Sequence[str] = (),
        got: str | Sequence[str] = (),
        count: int = 0,
        group: str = "",
    ) -> Self:
        places, values = _several(place), tuple(dict.fromkeys(_several(got)))
        count = max(count, len(places))
        fault = super().__new__(cls, _sentence(kind, places, values, count))
        fault.kind, fault.places, fault.number = kind, places[:SHOWN_PLACES], count
        fault.got = values[: SHOWN_PLACES + 1]  # one more than is shown tells that there are others
        fault.group = group or kind
        return fault

    def __getnewargs__(self) -> tuple[Any, ...]:  # what pickle and copy make it of
        return self.kind, self.places, self.got, self.number, self.group


def fault_as_read(reason: str, place: str) -> RowFault:
    """The fault of a row that cannot be read; reasons that differ only in what they quote or count are of one kind."""
    came = _CAME.match(reason)
    kind = f"{came[1]}{GOT}{came[3]}" if came else reason
    return RowFault(kind, place, came[2] if came else (), group=_VALUES.sub("", kind))


def told_once(problems: Iterable[str]) -> list[str]:
    """The problems in their order, with the faults of rows of one kind in one sentence, where the first stood."""
    kinds: dict[str, list[RowFault]] = {}
    told: list[str | list[RowFault]] = []
    for problem in problems:
        if not isinstance(problem, RowFault):
            told.append(problem)
        elif problem.group in kinds:
            kinds[problem.group].append(problem)
        else:
            told.append(kinds.setdefault(problem.group, [problem]))
    return [one if isinstance(one, str) else one[0] if len(one) == 1 else _joined(one) for one in told]


def _joined(faults: Sequence[RowFault]) -> RowFault:
    places = [place for fault in faults for place in fault.places]
    got = [value for fault in faults for value in fault.got]
    kind, count = faults[0].kind, sum(fault.number for fault in faults)
    if len({fault.kind for fault in faults}) > 1 and not kind.endswith(OF_FIRST):
        kind += OF_FIRST
    return RowFault(kind, places, got, count, faults[0].group)


def _several(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _sentence(kind: str, places: Sequence[str], got: Sequence[str], count: int) -> str:
    shown = ", ".join(got[:SHOWN_PLACES]) + (" and others" if len(got) > SHOWN_PLACES else "")
    filled = kind.replace(GOT, shown)
    return f"{places_in_words(places, count)}: {filled}" if places else filled


def places_in_words(places: Sequence[str], count: int) -> str:
    """Up to three places, and how many there are in all.

    >>> places_in_words([f"a.csv row {row}" for row in (1, 5, 7, 9)], 12)
    'a.csv rows 1, 5, 7 and 9 more (12 in all)'
    >>> places_in_words(["a.csv row 2, word 1", "a.csv row 3, word 4"], 2)
    'a.csv row 2, word 1; row 3, word 4'
    """
    shown = list(places[:SHOWN_PLACES])
    found = [_PLACE.match(place) for place in shown]
    stems = {(match["file"], match["stem"]) for match in found if match}
    if len(shown) > 1 and all(found) and len(stems) == 1:
        file, stem = stems.pop()
        numbers = [match["last"] for match in found if match]
        head, between = f"{file or ''}{stem[:-1]}s ", ", "
        shown = [head + numbers[0], *numbers[1:]]
    else:
        between = "; " if any(", " in place for place in shown) else ", "
        shown = [shown[0], *(_without_file(place, before) for before, place in pairwise(shown))]
    if count > len(shown):
        return f"{between.join(shown)} and {count - len(shown):,} more ({count:,} in all)"
    return between.join(shown) if between == "; " or len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _without_file(place: str, before: str) -> str:
    one, other = _PLACE.match(before), _PLACE.match(place)
    return place[len(other["file"]) :] if one and other and other["file"] and one["file"] == other["file"] else place
