"""Tables without a header: named by place where somebody said so, or where the first row is evidently one of the rows.

What tells: a number above numbers, or a value that its column holds again and again. What tells against it: a name that
people give to columns, a word above numbers, a word or two above texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean

from tunecard.data.readers.conll_columns import NUMBER

_BY_PLACE = re.compile(r"column (\d+)$")
_TEXT_WORDS = 3.0  # on average, from which a column holds texts
_AGAIN = 2
_USUAL = frozenset(
    [
        "text",
        "sentence",
        "label",
        "labels",
        "class",
        "category",
        "target",
        "sentiment",
        "id",
        "index",
        "tokens",
        "words",
        "tags",
        "review",
        "title",
        "body",
        "premise",
        "hypothesis",
    ]
)


def by_place(width: int) -> list[str]:
    """What columns without a name are called."""
    return [f"column {place}" for place in range(1, width + 1)]


def is_told_headless(fields: Sequence[str], told: Mapping[str, str]) -> bool:
    """Whether somebody named a column by its place that the first row does not name so.

    >>> is_told_headless(["ham", "so it is"], {"label": "column 1"}), is_told_headless(["x", ""], {"label": "column 2"})
    (True, False)
    """
    places = [int(found[1]) for name in told.values() if name not in fields and (found := _BY_PLACE.match(name))]
    return any(0 < place <= len(fields) and fields[place - 1].strip() for place in places)


def evident_row(fields: Sequence[str], rows: Iterable[Sequence[str]]) -> str | None:
    """The value of a first row that shows that it is no header; None where it may well be one.

    Args:
        fields: the first row.
        rows: those below it.
    """
    names = [field.strip() for field in fields]
    below = [row for row in rows if list(row) != list(fields) and len(row) == len(fields)]
    columns = [[row[place].strip() for row in below if row[place].strip()] for place in range(len(names))]
    is_counted = names == list(map(str, range(len(names))))  # pandas' names of columns that have none
    if not below or is_counted or any(name.lower() in _USUAL or not name for name in names):
        return None
    pairs = list(zip(names, columns, strict=True))
    if any(_is_a_name(name, values) for name, values in pairs):
        return None
    return next((name for name, values in pairs if _is_a_value(name, values)), None)


def _is_a_name(name: str, values: Sequence[str]) -> bool:
    """Whether a field is unlike what stands below it."""
    if not values:
        return False
    if all(map(NUMBER.match, values)):
        return not NUMBER.match(name)
    return fmean(len(value.split()) for value in values) >= _TEXT_WORDS > len(name.split())


def _is_a_value(name: str, values: Sequence[str]) -> bool:
    are_numbers = len(values) >= _AGAIN and all(map(NUMBER.match, values))
    return are_numbers or values.count(name) >= _AGAIN
