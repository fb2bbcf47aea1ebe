"""CSV and TSV: every field is text, as written; "null", "NA", "" and 007 mean themselves."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

from tunecard.data.readers.options import AS_FOUND, ReadingOptions
from tunecard.data.readers.records import Fault, Record, Records, Row
from tunecard.data.readers.text_file import open_text
from tunecard.errors import DataError

MAX_FIELD = 2**24  # characters; an unclosed quotation mark must not swallow a whole file into memory


def open_csv(path: Path, stack: ExitStack, options: ReadingOptions = AS_FOUND) -> Records:
    """A comma-separated file with a header (RFC 4180 quoting).

    Raises: DataError: UTF-16, no header, a column name twice.
    """
    return _open(path, stack, ",", csv.QUOTE_MINIMAL)


def open_tsv(path: Path, stack: ExitStack, options: ReadingOptions = AS_FOUND) -> Records:
    """A tab-separated file with a header, with quoting where that breaks no row or gives more of them than without.

    Two habits exist: writers that quote as in CSV, and files in which a quotation mark is only a character.

    Raises: DataError: as `open_csv`.
    """
    read, broken = _count_rows(path, csv.QUOTE_MINIMAL)
    is_quoted = not broken or read >= _count_rows(path, csv.QUOTE_NONE)[0]
    return _open(path, stack, "\t", csv.QUOTE_MINIMAL if is_quoted else csv.QUOTE_NONE)


def _count_rows(path: Path, quoting: int) -> tuple[int, int]:
    """Rows of a TSV that can be read with this quoting, and those that cannot."""
    with ExitStack() as stack:
        try:
            rows = _open(path, stack, "\t", quoting).rows
        except DataError:
            return -1, 1  # no header is worse than no row
        is_broken = Counter(isinstance(row, Fault) for row in rows)
        return is_broken[False], is_broken[True]


def _open(path: Path, stack: ExitStack, delimiter: str, quoting: int) -> Records:
    stack.callback(csv.field_size_limit, csv.field_size_limit(MAX_FIELD))
    fields = _fields(open_text(path, stack, newline=""), delimiter, quoting)
    header = next(fields, [])
    if isinstance(header, Fault) or not header:
        found = f"The first row {header.reason}" if isinstance(header, Fault) else "Got an empty line."
        raise DataError(f"{path.name}: must begin with a header that names the columns. {found}")
    repeated = [name for name, count in Counter(header).items() if count > 1]
    if repeated:
        raise DataError(f"{path.name}: the header must name each column once. Got {repeated[0]!r} more than once.")
    return Records(path.name, header, _rows(header, fields))


def _fields(stream: Iterable[str], delimiter: str, quoting: int) -> Iterator[list[str] | Fault]:
    reader = csv.reader(stream, delimiter=delimiter, quoting=quoting, strict=True)  # type: ignore[arg-type]
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Fault(
                f"line {reader.line_num}",
                f"cannot be read as {'CSV' if delimiter == ',' else 'TSV'} ({error}). A field with a quotation mark, "
                'the separator or a line end is written in quotation marks, with "" inside.',
            )


def _rows(header: list[str], records: Iterator[list[str] | Fault]) -> Iterator[Record]:
    number = blank = 0  # in a file of one column a blank line is an empty text, unless only blank lines follow
    for record in records:
        if record == []:
            blank += len(header) == 1
            continue
        yield from (Row({header[0]: ""}) for _ in range(blank))
        number, blank = number + blank + 1, 0
        yield record if isinstance(record, Fault) else _row(header, record, number)


def _row(header: list[str], fields: list[str], number: int) -> Record:
    if len(fields) == len(header):
        return Row(dict(zip(header, fields, strict=True)))
    return Fault(
        f"row {number}",
        f"must have {len(header)} columns as in the header. Got {len(fields)}. "
        "Put a text that holds the separator in quotation marks.",
    )
