"""What a column holds, told by its values alone: texts, names that repeat, numbers or lists."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import fmean
from typing import Any, Literal

from tunecard.data.factors import as_text
from tunecard.tasks.missing import is_missing

Kind = Literal[
    "texts",
    "names",
    "whole numbers",
    "numbers",
    "words lists",
    "tag lists",
    "number lists",
    "span lists",
    "lists",
    "empty",
]
LOOKED_AT = 20_000  # rows; more tell no more
TEXT_WORDS = 3.0  # words a value on average from which a column holds texts
MOST_NAMES = 300
TAG = re.compile(r"O|[BIESLUM][-_].+")
SHARE_OF_TAGS = 0.98
SHARE_OF_NUMBERS = 1.0


@dataclass(frozen=True)
class ColumnProfile:
    """A column as its first rows show it.

    Attributes:
        kind: of its values.
        rows: looked at.
        missing: of these, without a value.
        counts: value to rows, the most frequent first; empty for texts and lists.
        distinct: different values, of those that are there.
        words: of a value on average, of texts and of lists.
        longest: words of the longest value.
        least, most: of numbers, also of those in lists.
        is_counting: whether the numbers just count the rows, or name each of them.
    """

    name: str
    kind: Kind
    rows: int = 0
    missing: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    distinct: int = 0
    words: float = 0.0
    longest: int = 0
    least: float = 0.0
    most: float = 0.0
    is_counting: bool = False


def profile(name: str, values: Sequence[Any]) -> ColumnProfile:
    """What a column holds, from its first rows.

    >>> profile("y", ["con", "pro", "con", ""]).kind, profile("y", ["4.5", "1"]).kind, profile("y", [["a"], []]).kind
    ('names', 'numbers', 'words lists')
    """
    looked = list(values[:LOOKED_AT])
    given = [value for value in looked if not is_missing(value)]
    base = {"rows": len(looked), "missing": len(looked) - len(given)}
    if not given:
        return ColumnProfile(name, "empty", rows=base["rows"], missing=base["missing"])
    if all(isinstance(value, list) for value in given):
        return _of_lists(name, given, base)
    numbers = [number_of(value) for value in given]
    if all(number is not None for number in numbers):
        return _of_numbers(name, given, [number for number in numbers if number is not None], base)
    return _of_texts(name, [str(value) for value in given], base)


def number_of(value: Any) -> float | None:
    """A finite number, or a text that is one; None for anything else, true and false among it."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if number - number == 0 else None


def _of_lists(name: str, given: list[list[Any]], base: dict[str, int]) -> ColumnProfile:
    items = [item for value in given for item in value]
    lengths = [len(value) for value in given]
    size: dict[str, Any] = {
        **base,
        "words": fmean(lengths),
        "longest": max(lengths),
        "distinct": len(set(map(str, items))),
    }
    if not items:
        return ColumnProfile(name, "lists", **size)
    if all(type(item) is int for item in items):
        return ColumnProfile(name, "number lists", least=min(items), most=max(items), **size)
    if not all(isinstance(item, str) for item in items):
        are_spans = all(isinstance(item, dict) and {"start", "end"} <= item.keys() for item in items)
        return ColumnProfile(name, "span lists" if are_spans else "lists", **size)
    tags = sum(TAG.fullmatch(item) is not None for item in items)
    is_tags = tags >= SHARE_OF_TAGS * len(items)
    return ColumnProfile(name, "tag lists" if is_tags else "words lists", **size)


def _of_numbers(name: str, given: list[Any], numbers: list[float], base: dict[str, int]) -> ColumnProfile:
    counts = _counted(given)
    is_whole = all(number.is_integer() for number in numbers)
    steps = {b - a for a, b in pairwise(numbers)}
    return ColumnProfile(
        name,
        "whole numbers" if is_whole else "numbers",
        counts=counts,
        distinct=len(counts),
        least=min(numbers),
        most=max(numbers),
        is_counting=is_whole and len(given) > 2 and (steps == {1.0} or len(set(numbers)) == len(numbers)),
        **base,
    )


def _of_texts(name: str, given: list[str], base: dict[str, int]) -> ColumnProfile:
    lengths = [len(text.split()) for text in given]
    words, distinct = fmean(lengths), len(set(given))
    repeats = distinct <= min(MOST_NAMES, len(given) * 0.8)
    size: dict[str, Any] = {**base, "distinct": distinct, "words": words, "longest": max(lengths)}
    if words >= TEXT_WORDS and not (repeats and distinct <= len(given) * 0.2):
        return ColumnProfile(name, "texts", **size)
    each_once = distinct == len(given) and len(given) > 2 and words == 1.0
    return ColumnProfile(name, "names", counts=_counted(given), is_counting=each_once, **size)


def _counted(given: Sequence[Any]) -> dict[str, int]:
    return dict(Counter(as_text(value) for value in given).most_common())
