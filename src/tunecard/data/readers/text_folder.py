"""Texts that lie a file each in a folder: how one is read, and what was read of them all."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path

from tunecard.data.readers.encodings import LOOKED_AT, find_encoding
from tunecard.data.readers.notes import Notes
from tunecard.data.readers.options import ReadingOptions
from tunecard.data.readers.text_file import MOST_BYTES_OF_A_LINE, check_text
from tunecard.rows.dataset import DataFile
from tunecard.rows.table import Table
from tunecard.untrusted.plain_files import read_plain


@dataclass
class FolderTexts:
    """What was read of a folder: a table, its files as one or a few, and what was left out and told."""

    table: Table
    files: list[DataFile]
    left_out: dict[str, int] = field(default_factory=dict)
    notes: Notes = field(default_factory=dict)


def read_text(path: Path, options: ReadingOptions) -> tuple[str, bytes]:
    """A text as it stands, its line ends too, and its bytes. Raises: DataError: it is in another encoding."""
    content = read_plain(path, MOST_BYTES_OF_A_LINE)
    try:
        name = find_encoding(content[:LOOKED_AT], options).name
        return io.TextIOWrapper(io.BytesIO(content), encoding=name, newline="").read(), content
    except UnicodeDecodeError:
        check_text(path, options)
        raise
