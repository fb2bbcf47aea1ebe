"""What parts the columns of a table of text: found from the header and the first rows, with quoting considered.

A separator must be in the header and part most rows as it parts the header. So a file of one column stays one, however
many commas its texts hold; where two would do, a person is asked.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tunecard.data.readers.options import NAMED
from tunecard.errors import DataError

SAMPLE_LINES = 500
SAMPLE_CHARACTERS = 500_000
_LEAST_SHARE = 0.5  # of the rows; those that differ are faults, told one by one
_CLEARLY = 0.2
_SAYS_ITSELF = re.compile(r"\ufeff?sep=(.)$")  # Excel's own way, on a first line that is no header
_SHOWN = {"\t": "a tab"}


@dataclass(frozen=True)
class _Fit:
    """How well a separator parts the first rows: columns of the header, and the share of rows that have as many."""

    separator: str
    columns: int
    share: float


def find_separator(lines: Sequence[str], own: str, file: str) -> str:
    """The separator of a table.

    Args:
        lines: the first ones with their ends, the header among them.
        own: the separator that the file's name promises.
        file: for the fault.
    Raises: DataError: two separators part the header and most rows equally well.
    """
    fits = [fit for fit in (_fit(lines, mark) for mark in NAMED.values()) if fit is not None]
    if not fits:
        return own
    best = max(fit.share for fit in fits)
    likely = [fit for fit in fits if fit.share > best - _CLEARLY]
    if len(likely) == 1:
        return likely[0].separator
    # What parts every row alike, without a blank after it, parts columns; what varies, or is followed by blanks as in
    # prose, stands in texts.
    whole = [fit for fit in likely if fit.share == 1.0]
    clear = [fit for fit in whole if not _is_of_prose(lines, fit.separator)]
    if len(whole) == 1 or len(clear) == 1:
        return (clear or whole)[0].separator
    ways = " or ".join(f"{shown(fit.separator)} ({fit.columns} columns)" for fit in likely)
    names = {mark: name for name, mark in NAMED.items()}
    raise DataError(
        f"{file}: the columns could be parted by {ways}. Say by which: set `data.separator` to "
        f"{' or '.join(names[fit.separator] for fit in likely)} (complete, predict: --separator)."
    )


def first_lines(lines: Iterable[str], most: int = SAMPLE_LINES) -> list[str]:
    """The first lines of a text, as many as tell its form."""
    first, characters = [], 0
    for line in lines:
        first.append(line)
        characters += len(line)
        if len(first) == most or characters > SAMPLE_CHARACTERS:
            break
    return first


def shown(separator: str) -> str:
    """A separator in words: "';'", "a tab"."""
    return _SHOWN.get(separator, repr(separator))


def stated_separator(first_line: str) -> str | None:
    """The separator that a first line such as "sep=;" states."""
    found = _SAYS_ITSELF.match(first_line.rstrip("\r\n"))
    return found[1] if found else None


def _fit(lines: Sequence[str], separator: str) -> _Fit | None:
    """None where the separator parts no header of two columns, or few rows."""
    rows = [row for row in _rows(lines, separator) if row != []]
    if not rows or rows[0] is None or len(rows[0]) < 2:
        return None
    columns, below = len(rows[0]), rows[1:]
    share = sum(row is not None and len(row) == columns for row in below) / len(below) if below else 1.0
    return _Fit(separator, columns, share) if share >= _LEAST_SHARE else None


def _is_of_prose(lines: Sequence[str], separator: str) -> bool:
    """Whether a blank follows a mark wherever it stands."""
    return all(line.count(separator) == line.count(f"{separator} ") for line in lines)


def _rows(lines: Sequence[str], separator: str) -> Iterator[list[str] | None]:
    """The rows of a table; None for one that cannot be read. What the end of the sample cuts is no row."""
    is_cut = len(lines) == SAMPLE_LINES or sum(map(len, lines)) > SAMPLE_CHARACTERS
    for row in rows_or_errors(csv.reader(iter(lines), delimiter=separator, strict=True)):
        if isinstance(row, csv.Error) and "unexpected end" in str(row) and is_cut:
            return
        yield None if isinstance(row, csv.Error) else row


def rows_or_errors(reader: Iterator[list[str]]) -> Iterator[list[str] | csv.Error]:
    """Every row of a csv reader, and in the place of a broken one its error, which ends nothing."""
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield error
