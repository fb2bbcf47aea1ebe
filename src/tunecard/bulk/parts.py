"""The files of an input in their order: one file, or the part files of a folder."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow.parquet as pq

from tunecard.data.readers.formats import folder_name, no_such_file
from tunecard.data.readers.kinds import kind_or_none
from tunecard.errors import DataError

# Spark, pyarrow and others leave their own files beside the parts so: _SUCCESS, ._part.crc.
NO_PARTS = ("_", ".")


def parts_of(source: Path) -> list[Path]:
    """The files to read, those of a folder by name, numbers in them by their value.

    Raises: DataError: nothing there, files of several kinds, or folders within the folder.
    """
    if source.is_file():
        return [source]
    if not source.is_dir():
        raise no_such_file(source)
    entries = sorted((path for path in source.iterdir() if not path.name.startswith(NO_PARTS)), key=_by_numbers)
    folders = [path.name for path in entries if path.is_dir()]
    if folders:
        raise DataError(f"{folder_name(source)}: must hold part files alone. Got the folder {folders[0]!r} in it.")
    kinds = sorted({kind_or_none(path) or path.name for path in entries})
    if len(kinds) != 1:
        found = f"Got {' and '.join(kinds)}." if kinds else "It holds none."
        raise DataError(f"{folder_name(source)}: must hold part files of one kind. {found}")
    return entries


def is_part_without_rows(part: Path) -> bool:
    """Whether a part is empty by its form, as writers of many parts leave some: no bytes, or parquet of no rows."""
    if part.stat().st_size == 0:
        return True
    return part.suffix.lower() == ".parquet" and _is_readable(part) and pq.read_metadata(part).num_rows == 0


def _is_readable(part: Path) -> bool:
    """Whether it begins as parquet does; if not, its reader says what is wrong."""
    with part.open("rb") as stream:
        return stream.read(4) == b"PAR1" and part.stat().st_size > 12


def _by_numbers(path: Path) -> list[tuple[int, int, str]]:
    """part-9 before part-10."""
    pieces = re.findall(r"\d+|\D+", path.name)
    return [(0, int(piece), piece) if piece.isdecimal() else (1, 0, piece) for piece in pieces]
