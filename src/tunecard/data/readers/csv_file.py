"""CSV and TSV: every field is text, as written; "null", "NA", "" and 007 mean themselves."""

from __future__ import annotations

import csv
import io
import sys
from collections import Counter
from pathlib import Path

from tunecard.data.readers.text_file import read_text
from tunecard.errors import DataError
from tunecard.rows.table import Table, table_of


def read_csv(path: Path) -> Table:
    """Reads a comma-separated file with a header (RFC 4180 quoting).

    Raises: DataError: empty, not UTF-8, no rows, uneven rows (each named), a column name twice.
    """
    return _table(path.name, _records(path.name, read_text(path), ",", csv.QUOTE_MINIMAL))


def read_tsv(path: Path) -> Table:
    """Reads a tab-separated file with a header, with quoting where that makes even rows and without it otherwise.

    Two habits exist: writers that quote as in CSV, and files in which a quotation mark is only a character.

    Raises: DataError: as `read_csv`.
    """
    text = read_text(path)
    try:
        return _table(path.name, _records(path.name, text, "\t", csv.QUOTE_MINIMAL))
    except DataError:
        return _table(path.name, _records(path.name, text, "\t", csv.QUOTE_NONE))


def _records(file: str, text: str, delimiter: str, quoting: int) -> list[list[str]]:
    limit = csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=quoting, strict=True)  # type: ignore[arg-type]
    try:
        return list(reader)
    except csv.Error as error:
        raise DataError(
            f"{file} line {reader.line_num}: cannot be read as {'CSV' if delimiter == ',' else 'TSV'} ({error}). "
            'A field with a quotation mark, the separator or a line end is written in quotation marks, with "" inside.'
        ) from error
    finally:
        csv.field_size_limit(limit)


def _table(file: str, records: list[list[str]]) -> Table:
    header = records[0] if records else []
    _check_header(file, header)
    # A blank line is no row, unless the file has one column: then it is an empty text, and a check will say so.
    rows = [record or [""] for record in records[1:] if record or len(header) == 1]
    while rows and rows[-1] == [""]:
        rows.pop()
    if not rows:
        raise DataError(f"{file}: has a header and no rows. It must hold at least one row.")
    uneven = [(i, len(row)) for i, row in enumerate(rows) if len(row) != len(header)]
    if uneven:
        raise DataError(
            [
                f"{file} row {i + 1}: must have {len(header)} columns as in the header. Got {got}. "
                "Put a text that holds the separator in quotation marks."
                for i, got in uneven
            ]
        )
    return table_of(file, {name: [row[i] for row in rows] for i, name in enumerate(header)})


def _check_header(file: str, header: list[str]) -> None:
    repeated = [name for name, count in Counter(header).items() if count > 1]
    if repeated:
        raise DataError(f"{file}: the header must name each column once. Got {repeated[0]!r} more than once.")
