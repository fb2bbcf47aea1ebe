"""The header of a table: names without blanks around them, and columns that are none: an index, or empty to the end."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

from tunecard.data.readers.headless import by_place, evident_row, is_told_headless
from tunecard.data.readers.notes import Notes
from tunecard.errors import DataError

_UNNAMED = re.compile(r"(Unnamed: \d+)?$")  # pandas gives a column without a name such a one
_LOOKED_AT = 500
_MOST_TOLD = 20  # columns
_AROUND = " \t\r\n\ufeff\u00a0\u200b"


@dataclass(frozen=True)
class Header:
    """What a header says.

    Attributes:
        width: fields of a row, those left out among them.
        names: place in a row to column, of those that are read.
        notes: what a person must be told of it.
        is_row: whether the first row is no header and is read as a row.
        repeated: the header as it stands, which no row may repeat; empty where a row may.
    """

    width: int
    names: dict[int, str]
    notes: Notes = field(default_factory=dict)
    is_row: bool = False
    repeated: Sequence[str] = ()

    @property
    def columns(self) -> list[str]:
        """The columns in order."""
        return list(self.names.values())


def unnamed_places(fields: Sequence[str]) -> list[int]:
    """Places of the columns that have no name."""
    return [place for place, name in enumerate(fields) if _UNNAMED.match(name.strip(_AROUND))]


def read_header(
    fields: Sequence[str], rows: Iterable[Sequence[str]], file: str, roles: Mapping[str, str] | None = None
) -> Header:
    """The header of a table, or, where it has none, columns by their place.

    Args:
        fields: the first row as it stands.
        rows: all rows below, of which the columns without a name are looked at; few are read where there are none.
        file: for the fault.
        roles: role to column, as far as somebody named them.
    Raises: DataError: no column, or a name twice.
    """
    every = iter(rows)
    first = list(islice(every, _LOOKED_AT))
    why = _why_headless(fields, first, roles or {})
    if why:
        columns = dict(enumerate(by_place(len(fields))))
        return Header(
            len(fields), columns, {f"{why}: its columns are column 1 to column {len(fields)}": 0}, is_row=True
        )
    unnamed = _kinds(unnamed_places(fields), chain(first, every))
    names: dict[int, str] = {}
    notes = {}
    for place, field_ in enumerate(fields):
        name = field_.strip(_AROUND)
        if place in unnamed and unnamed[place] != "text":
            notes[_left_out(place, name, unnamed[place])] = 0
            continue
        if not name:
            notes[f"column {place + 1} has no name and is read as 'column {place + 1}'"] = 0
        elif name != field_:
            notes[f"the header {field_!r} is read as {name!r}"] = 0
        names[place] = name or f"column {place + 1}"
    _check(names, file)
    told = {**_few(notes), **_doubt(names, first)}
    return Header(len(fields), names, told, repeated=list(fields) if len(fields) > 1 else ())


def _few(notes: Notes) -> Notes:
    """The first notes on columns, and how many follow: a table may have thousands without a name."""
    more = len(notes) - _MOST_TOLD
    return notes if more <= 0 else {**dict(islice(notes.items(), _MOST_TOLD)), "further such columns": more}


def _kinds(places: Sequence[int], rows: Iterable[Sequence[str]]) -> dict[int, str]:
    """What a column without a name holds: "empty", "index" (it counts the rows) or "text"."""
    empty, index, first = dict.fromkeys(places, True), dict.fromkeys(places, True), dict.fromkeys(places, 0)
    for number, row in enumerate(rows if places else ()):
        for place in places:
            value = row[place].strip() if place < len(row) else ""
            empty[place] = empty[place] and not value
            if number == 0:
                first[place] = int(value) if value in ("0", "1") else -1
            index[place] = index[place] and first[place] >= 0 and value == str(first[place] + number)
    return {place: "empty" if empty[place] else "index" if index[place] else "text" for place in places}


def _why_headless(fields: Sequence[str], rows: Sequence[Sequence[str]], told: Mapping[str, str]) -> str:
    if is_told_headless([field_.strip(_AROUND) for field_ in fields], told):
        return "read as a table without a header, as its columns are named by their place"
    if set(told.values()) & {field_.strip(_AROUND) for field_ in fields}:
        return ""
    value = evident_row(fields, rows)
    return "" if value is None else f"has no header, as {value!r} in its first row is a value of its column"


def _doubt(names: dict[int, str], rows: Sequence[Sequence[str]]) -> Notes:
    """What is to be told where the header may be a row: its names stand among the values of their columns."""
    again = [name for place, name in names.items() if sum(row[place : place + 1] == [name] for row in rows) > 1]
    if not again:
        return {}
    return {f"the first row is read as the header; is it one? {again[0]!r} is also a value of its column": 0}


def _left_out(place: int, name: str, kind: str) -> str:
    which = repr(name) if name else f"column {place + 1}, which has no name,"
    return f"{which} is left out: {'it is empty' if kind == 'empty' else 'it only counts the rows'}"


def _check(names: dict[int, str], file: str) -> None:
    if not names:
        raise DataError(f"{file}: must begin with a header that names the columns. Got only empty columns.")
    repeated = [name for name, count in Counter(names.values()).items() if count > 1]
    if repeated:
        raise DataError(f"{file}: the header must name each column once. Got {repeated[0]!r} more than once.")
