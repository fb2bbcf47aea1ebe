"""Raw rows as a file holds them, each of which still knows the file and line it came from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

SHOWN_ROWS = 10


@dataclass(frozen=True)
class Part:
    """One file's share of a table.

    Attributes:
        lines: the first line of each row, where rows span lines.
        numbers: the number of each row in its file, where some of its rows are left out.
    """

    file: str
    rows: int
    lines: list[int] | None = None
    numbers: list[int] | None = None


@dataclass(frozen=True)
class Table:
    """Columns of equal length, and the files they came from."""

    columns: dict[str, list[Any]]
    parts: tuple[Part, ...]

    def __len__(self) -> int:
        return sum(part.rows for part in self.parts)

    @property
    def file(self) -> str:
        """The file, or files, in words."""
        return " + ".join(dict.fromkeys(part.file for part in self.parts))

    def column(self, name: str) -> list[Any]:
        """The values of a column; None in every row where there is no such column."""
        return self.columns.get(name, [None] * len(self))

    def where(self, row: int, word: int | None = None) -> str:
        """Where a reader finds a row: "train.csv row 17", "train.jsonl row 3, word 5" or "train.conll line 40"."""
        part, index = self._part_of(row)
        if part.lines is not None:
            return f"{part.file} line {part.lines[index] + (word or 0)}"
        number = index + 1 if part.numbers is None else part.numbers[index]
        return f"{part.file} row {number}" + ("" if word is None else f", word {word + 1}")

    def where_all(self, rows: Sequence[int]) -> str:
        """Where a reader finds several rows: "train.csv rows 3, 9 and 12 (3 rows)", at most ten of them."""
        if len(rows) == 1:
            return self.where(rows[0])
        shown = [self.where(row) for row in rows[:SHOWN_ROWS]]
        stems = {place.rsplit(" ", 1)[0] for place in shown}
        if len(stems) == 1:
            shown = [f"{stems.pop()}s {shown[0].rsplit(' ', 1)[1]}", *(place.rsplit(" ", 1)[1] for place in shown[1:])]
        if len(rows) > SHOWN_ROWS:
            return f"{', '.join(shown)} and {len(rows) - SHOWN_ROWS:,} more"
        return f"{', '.join(shown[:-1])} and {shown[-1]}"

    def rename(self, columns: dict[str, list[Any]]) -> Table:
        """The same rows with other columns."""
        return replace(self, columns=columns)

    def _part_of(self, row: int) -> tuple[Part, int]:
        index = row
        for part in self.parts:
            if index < part.rows:
                return part, index
            index -= part.rows
        raise IndexError(f"row {row} of a table of {len(self)} rows")


def table_of(
    file: str, columns: dict[str, list[Any]], lines: list[int] | None = None, numbers: list[int] | None = None
) -> Table:
    """A table of one file; `lines` and `numbers` as `Part` has them."""
    return Table(columns, (Part(file, len(next(iter(columns.values()), [])), lines, numbers),))


def join_tables(tables: Iterable[Table]) -> Table:
    """Tables end to end; a column that one of them lacks is None there."""
    tables = list(tables)
    if len(tables) == 1:
        return tables[0]
    names = dict.fromkeys(name for table in tables for name in table.columns)
    columns = {name: [value for table in tables for value in table.column(name)] for name in names}
    return Table(columns, tuple(part for table in tables for part in table.parts))
