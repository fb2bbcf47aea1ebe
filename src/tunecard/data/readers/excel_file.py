"""Workbooks (.xlsx, .xls, .ods): one sheet as a table of text, each cell as it would stand in a csv; read whole."""

from __future__ import annotations

import datetime
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tunecard.data.readers.headers import Header, read_header
from tunecard.data.readers.kinds import is_packed, kind_or_none
from tunecard.data.readers.notes import Notes
from tunecard.data.readers.options import AS_FOUND, ReadingOptions
from tunecard.data.readers.records import Fault, Record, Records, Row, no_rows
from tunecard.data.readers.word_rows import sentences_of
from tunecard.data.readers.written_lists import with_lists
from tunecard.errors import DataError, MachineError, nearest
from tunecard.untrusted.bounded_parquet import ALWAYS_READ, MOST_FOLD
from tunecard.untrusted.plain_files import open_plain

WORKBOOKS = (".xlsx", ".xls", ".ods")


MOST_CELLS = 10_000_000
_CELL = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{1,8})(\d{1,12})["']""")
_PIECE, _LONGEST_CELL = 1 << 18, 64


class _Unreadable(Exception):
    """A sheet that the reader of workbooks cannot read, and why."""


def open_excel(path: Path, stack: ExitStack, options: ReadingOptions = AS_FOUND) -> Records:
    """The sheet that `data.config` names, else the first that is not empty; its first row names the columns.

    Raises:
        MachineError: the reader of workbooks is not installed.
        DataError: no workbook, no such sheet, no rows, a column name twice.
    """
    book = stack.enter_context(_open(path))
    notes: Notes = {}
    try:
        name = _chosen(book, path.name, options, notes)
        rows = [row for row in _rows_of(book, name) if any(row)]
    except _Unreadable as error:
        raise DataError(f"{path.name}: {error}") from error
    if not rows:
        raise no_rows(path.name)
    merged = _merged_cells(book, name)
    if merged:
        notes["merged cells, whose value is read in the first of them only"] = merged
    width = max(map(len, rows))
    first = [*rows[0], *[""] * (width - len(rows[0]))]
    header = read_header(first, rows[1:], path.name, options.columns)
    notes.update(header.notes)
    records = Records(
        path.name, header.columns, _records(header, rows if header.is_row else rows[1:]), notes=notes, is_text=False
    )
    return with_lists(sentences_of(records))


def split_sheets(path: Path, names: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Split to the sheet that is called like it; nothing where a workbook has no two such sheets.

    Args:
        names: split to the names that it may have, in lower case.
    Raises: as `open_excel`.
    """
    if kind_or_none(path) not in WORKBOOKS or is_packed(path):
        return {}
    with _open(path) as book:
        lower = {name.strip().lower(): name for name in book.sheet_names}
    found = {split: next((lower[name] for name in several if name in lower), None) for split, several in names.items()}
    sheets = {split: name for split, name in found.items() if name is not None}
    return sheets if len(sheets) > 1 else {}


def text_of(cell: Any) -> str:
    """A cell as text: a whole number without a point, a day without an hour.

    >>> text_of(1.0), text_of(0.5), text_of(True), text_of(datetime.datetime(2026, 1, 2)), text_of("1.0")
    ('1', '0.5', 'TRUE', '2026-01-02', '1.0')
    """
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        return cell.date().isoformat()
    is_day = isinstance(cell, datetime.date | datetime.time)
    return str(cell.isoformat()) if is_day else str(cell)


def _open(path: Path) -> Any:
    try:
        from python_calamine import CalamineError, CalamineWorkbook
    except ImportError as error:
        raise MachineError(
            f"reading {path.name} needs python-calamine: pip install 'tunecard[excel]'. Or save the sheet as csv."
        ) from error
    open_plain(path).close()
    _check_size(path)
    try:
        return CalamineWorkbook.from_path(str(path))
    except (CalamineError, OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise DataError(f"{path.name}: cannot be read as a workbook ({reason}). Save the sheet as csv.") from error


def _check_size(path: Path) -> None:
    """Raises: DataError: a workbook, which is a .zip of XML, that says itself that it unpacks to far more."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as packed:
        unpacked = sum(info.file_size for info in packed.infolist())
        size = path.stat().st_size
        if unpacked > max(ALWAYS_READ, MOST_FOLD * size):
            raise DataError(f"{path.name}: its {size:,} bytes unpack to {unpacked:,}, and no more than that are read.")
        for info in packed.infolist():
            if info.filename.lower().endswith(".xml") and "sheet" in info.filename.lower():
                _check_extent(packed, info, path.name)


def _check_extent(packed: zipfile.ZipFile, sheet: zipfile.ZipInfo, file: str) -> None:
    """Raises: DataError: a cell so far away that the table up to it, which the reader holds whole, would be huge."""
    rows = columns = 0
    with packed.open(sheet) as stream:
        rest = b""
        for piece in iter(lambda: stream.read(_PIECE), b""):
            for letters, row in _CELL.findall(rest + piece):
                rows, columns = max(rows, int(row)), max(columns, _place(letters))
            rest = piece[-_LONGEST_CELL:]
    if rows * columns > MOST_CELLS:
        raise DataError(
            f"{file}: a sheet must have at most {MOST_CELLS:,} cells up to its last one. Got {rows:,} rows of "
            f"{columns:,} columns. Delete what stands far from the table, or save the sheet as csv."
        )


def _place(letters: bytes) -> int:
    place = 0
    for letter in letters.upper():
        place = place * 26 + letter - ord("A") + 1
    return place


def _chosen(book: Any, file: str, options: ReadingOptions, notes: Notes) -> str:
    names: list[str] = list(book.sheet_names)
    if options.sheet is not None:
        if options.sheet not in names:
            raise DataError(
                f"{file}: has no sheet {options.sheet!r}.{nearest(options.sheet, names)} It has "
                f"{', '.join(map(repr, names))}. Set `data.config`."
            )
        return options.sheet
    filled = [name for name in names if any(any(row) for row in _rows_of(book, name))]
    if not filled:
        raise no_rows(file)
    if len(filled) > 1:
        others = " or ".join(f"`data.config: {name}`" for name in filled[1:4])
        notes[f"the first sheet, {filled[0]!r}, is read; {others} would read another"] = 0
    return filled[0]


def _rows_of(book: Any, name: str) -> list[list[str]]:
    rows: list[list[Any]] = _sheet(book, name).to_python()
    return [[text_of(cell) for cell in row] for row in rows]


def _sheet(book: Any, name: str) -> Any:
    from python_calamine import CalamineError

    try:
        return book.get_sheet_by_name(name)
    except (CalamineError, OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise _Unreadable(f"the sheet {name!r} cannot be read ({reason}). Save it as csv.") from error


def _merged_cells(book: Any, name: str) -> int:
    return len(getattr(_sheet(book, name), "merged_cell_ranges", None) or ())


def _records(header: Header, rows: Sequence[Sequence[str]]) -> Iterator[Record]:
    for number, row in enumerate(rows, 1):
        if list(row) == header.repeated:
            yield Fault(f"row {number}", "repeats the header, as joined tables do. Remove it.")
            continue
        yield Row({name: row[place] if place < len(row) else "" for place, name in header.names.items()})
