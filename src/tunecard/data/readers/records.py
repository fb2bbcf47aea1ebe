"""A table read on demand: one row or fault after the other, so that a broken row is never the end.

A header is no row; a blank line of jsonl, or of a csv with several columns, is none either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from tunecard.data.readers.notes import Notes
from tunecard.data.readers.options import ReadingOptions
from tunecard.errors import DataError


class Row(NamedTuple):
    """One row: column to value; the first of its lines where it has several; its number where others are left out."""

    values: dict[str, Any]
    line: int | None = None
    number: int | None = None


class Fault(NamedTuple):
    """A row that cannot be read: where it lies ("row 3", "line 7"), and why."""

    place: str
    reason: str


Record: TypeAlias = Row | Fault


@dataclass(frozen=True)
class Records:
    """An opened table.

    Attributes:
        file: its name, for faults.
        names: its columns; of jsonl those of the first rows.
        rows: an iterator that reads on demand.
        class_names: column to names in id order, where the file declares them.
        too_large: why the rows cannot be held all at once; empty where they can.
        is_text: the bytes are text, to be in UTF-8.
        are_lines: plain lines, a text each.
        notes: what was found and done that a person must be told; complete once the rows are read.
        left_out: reason to number of rows that are no rows to learn from or to score; complete once the rows are read.
    """

    file: str
    names: list[str]
    rows: Iterator[Record]
    class_names: dict[str, list[str]] = field(default_factory=dict)
    too_large: str = ""
    is_text: bool = True
    are_lines: bool = False
    notes: Notes = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)


# Opens a file; the stack closes it.
Reader: TypeAlias = Callable[[Path, ExitStack, ReadingOptions], Records]


def no_rows(file: str) -> DataError:
    """The fault of a table without rows."""
    return DataError(f"{file}: has no rows. It must hold at least one row.")
