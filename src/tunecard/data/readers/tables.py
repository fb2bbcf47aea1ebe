"""Files read whole, as tables to learn from: every row must be readable, and all faults are told at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from tunecard.data.readers.brat_folder import holds_marks, read_brat_folder
from tunecard.data.readers.class_folder import class_folders, read_class_folders
from tunecard.data.readers.formats import TRAINING, no_such_file, open_file
from tunecard.data.readers.notes import Notes, told
from tunecard.data.readers.options import AS_FOUND, ReadingOptions
from tunecard.data.readers.paired_lines import are_paired, read_paired
from tunecard.data.readers.records import Fault, Records, Row, no_rows
from tunecard.data.readers.text_file import check_text
from tunecard.data.readers.text_folder import FolderTexts
from tunecard.errors import DataError
from tunecard.evidence.files import sha256_of
from tunecard.row_faults import fault_as_read
from tunecard.rows.dataset import DataFile
from tunecard.rows.table import Table, join_tables, table_of
from tunecard.untrusted.plain_files import UnfitFile

MOST_FAULTS = 100_000  # a file that is no table at all may have a fault in each of its millions of lines


@dataclass
class Reading:
    """What was read from one or several files.

    Attributes:
        options: how to read them.
        tables: by split.
        names: column to class names that files declare.
        problems: every fault.
        files: what was read, in order.
        noted: file to what its reader noted.
        left_out: split to reason to number of rows.
    """

    options: ReadingOptions = AS_FOUND
    tables: dict[str, Table] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    files: list[DataFile] = field(default_factory=list)
    noted: list[tuple[str, Notes]] = field(default_factory=list)
    left_out: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person must be told, rows that were left out among it: a sentence each."""
        left = {s: {f"rows left out ({why})": n for why, n in out.items()} for s, out in self.left_out.items()}
        return told([*self.noted, *left.items()])

    def read(self, split: str, paths: Iterable[Path]) -> None:
        """Reads the files of one split, end to end; faults are kept so that all of them can be told at once."""
        tables = []
        paths = list(paths)
        if are_paired(paths):
            tables += self._read_texts(paths[0], partial(read_paired, paths, split, self.options), split)
            paths = []
        for path in paths:
            if path.is_dir() and class_folders(path):
                tables += self._read_texts(path, partial(read_class_folders, path, split, self.options), split)
                continue
            if path.is_dir() and holds_marks(path):
                tables += self._read_texts(path, partial(read_brat_folder, path, split, self.options), split)
                continue
            try:
                table, records = read_records(path, self.options)
            except DataError as error:
                self.problems.extend(error.problems)
                continue
            tables.append(table)
            self.names |= records.class_names
            self.noted.append((path.name, records.notes))
            self._leave_out(split, records.left_out)
            as_is = not records.is_turned and not records.notes
            held = len(table) + sum(records.left_out.values())
            size, digest = path.stat().st_size, sha256_of(path)
            self.files.append(DataFile(path.name, split, size, digest, held, as_is=as_is))
        if tables:
            self.tables[split] = join_tables(tables)

    def read_sheets(self, path: Path, sheets: Mapping[str, str]) -> None:
        """Reads the sheets of a workbook, split to its name, each as a file of its own."""
        asked = self.options
        for split, sheet in sheets.items():
            self.options = replace(asked, sheet=sheet)
            self.read(split, [path])
            if split in self.tables:
                table = self.tables[split]
                parts = tuple(replace(part, file=f"{part.file} ({sheet})") for part in table.parts)
                self.tables[split] = replace(table, parts=parts)
        self.options = asked

    def _read_texts(self, path: Path, reader: Callable[[], FolderTexts], split: str) -> list[Table]:
        try:
            read = reader()
        except DataError as error:
            self.problems.extend(error.problems)
            return []
        self.files += read.files
        self.noted.append((path.name, read.notes))
        self._leave_out(split, read.left_out)
        return [read.table]

    def _leave_out(self, split: str, left_out: Mapping[str, int]) -> None:
        for reason, rows in left_out.items():
            out = self.left_out.setdefault(split, {})
            out[reason] = out.get(reason, 0) + rows


def read_file(path: Path, options: ReadingOptions = AS_FOUND) -> tuple[Table, dict[str, list[str]]]:
    """Reads one file by its suffix: its table and the class names it declares. Raises: as `read_records`."""
    table, records = read_records(path, options)
    return table, records.class_names


def read_records(path: Path, options: ReadingOptions = AS_FOUND) -> tuple[Table, Records]:
    """Reads one file by its suffix: its table, and the records with what its reader noted; their rows are spent.

    Raises: DataError: no such file (with the nearest name there), an unknown kind of file, not UTF-8, or what its
        reader says, every row's fault included.
    """
    if path.is_dir():
        raise DataError(f"{path.name}: must be a file here. Got a folder. Name the folder alone as `data.source`.")
    if path.exists() and not path.is_file():
        raise DataError(f"{path.name}: must be a file. Got a pipe, a device or a socket.")
    if not path.is_file():
        raise no_such_file(path)
    try:
        with ExitStack() as stack:
            records = open_file(path, TRAINING, stack, options)
            if records.is_text:
                check_text(path, options)
            return _table_of(records), records
    except UnfitFile as error:
        raise DataError(f"{path.name}: {error}") from error
    except OSError as error:
        raise DataError(f"{path.name}: cannot be read ({error.strerror or error}). Check its permissions.") from error


def _table_of(records: Records) -> Table:
    if records.too_large:
        raise DataError(f"{records.file}: {records.too_large}")
    columns: dict[str, list[Any]] = {}
    lines: list[int] = []
    numbers: list[int] = []
    problems: list[str] = []
    rows = 0
    for record in records.rows:
        if isinstance(record, Fault):
            problems.append(fault_as_read(record.reason, f"{records.file} {record.place}"))
            if len(problems) == MOST_FAULTS:
                problems.append(f"{records.file}: {MOST_FAULTS:,} rows cannot be read, and no more are looked at.")
                break
            continue
        _append(columns, record, rows)
        rows += 1
        if record.line is not None:
            lines.append(record.line)
        if record.number is not None:
            numbers.append(record.number)
    if problems:
        raise DataError(problems)
    if not rows:
        raise no_rows(records.file)
    return table_of(records.file, columns, lines or None, numbers or None)


def _append(columns: dict[str, list[Any]], row: Row, before: int) -> None:
    """Adds a row to the columns; where a row lacks one it is None."""
    for name in row.values:
        if name not in columns:
            columns[name] = [None] * before
    for name, column in columns.items():
        column.append(row.values.get(name))
