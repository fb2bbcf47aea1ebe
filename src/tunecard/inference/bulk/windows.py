"""Records in windows: how many rows are predicted together, so that memory stays the same however long an input is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from tunecard.data.readers.records import Fault, Record

WINDOW_ROWS = 2_000
WINDOW_CHARACTERS = 4_000_000  # a window of long documents holds fewer rows

Window: TypeAlias = list[Record]


def windows_of(records: Iterable[Record]) -> Iterator[Window]:
    """The records in order, some at a time; where a window ends depends on nothing but the records."""
    window: Window = []
    characters = 0
    for record in records:
        window.append(record)
        characters += 0 if isinstance(record, Fault) else _length(record.values)
        if len(window) == WINDOW_ROWS or characters >= WINDOW_CHARACTERS:
            yield window
            window, characters = [], 0
    if window:
        yield window


def readable(window: Iterable[Record]) -> list[dict[str, Any]]:
    """The columns of a window's rows, without those that cannot be read."""
    return [record.values for record in window if not isinstance(record, Fault)]


def _length(value: Any) -> int:
    """Characters, at any depth."""
    if isinstance(value, str | bytes):
        return len(value)
    if isinstance(value, Mapping):
        return _length(list(value.values()))
    return sum(map(_length, value)) if isinstance(value, list | tuple) else 0
