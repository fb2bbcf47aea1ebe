"""Text in UTF-8, and plain lines: only \\n and \\r\\n end a line, other separators may be part of a text."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

from tunecard.data.readers.records import Record, Records, Row
from tunecard.errors import DataError
from tunecard.untrusted.plain_files import open_plain

_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def open_text(path: Path, stack: ExitStack, newline: str = "\n") -> io.TextIOWrapper:
    """A file as text without its byte order mark. Raises: DataError: it is UTF-16."""
    stream: Any = stack.enter_context(open_plain(path))  # a pipe would be waited for for ever
    if stream.peek(2)[:2] in _UTF16:
        raise DataError(f"{path.name}: must be UTF-8. Got UTF-16. Save the file as UTF-8.")
    return stack.enter_context(_decoded(stream, newline))


def open_lines(path: Path, stack: ExitStack) -> Records:
    """A file of plain lines: the column `text`. Raises: DataError: as `open_text`."""
    return Records(path.name, ["text"], _texts(open_text(path, stack)), are_lines=True)


def open_standard_input(stack: ExitStack) -> Records:
    """Standard input as plain lines; it stays open."""
    stream = _decoded(sys.stdin.buffer, "\n")
    stack.callback(stream.detach)
    return Records("standard input", ["text"], _texts(stream), are_lines=True)


def without_ends(lines: Iterable[str]) -> Iterator[str]:
    """Lines without their line ends."""
    return (line.removesuffix("\n").removesuffix("\r") for line in lines)


def check_utf8(path: Path) -> None:
    """Raises: DataError: the first line that is not UTF-8."""
    with open_plain(path) as stream:
        for number, line in enumerate(stream, 1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                raise DataError(
                    f"{path.name} line {number}: must be UTF-8. Got the byte 0x{line[error.start]:02X}. "
                    f"Save the file as UTF-8, for example with `iconv -f WINDOWS-1252 -t UTF-8`."
                ) from error


def _decoded(stream: BinaryIO, newline: str) -> io.TextIOWrapper:
    # A byte that is not UTF-8 becomes a lone surrogate: it spoils its own row, which the row check names.
    return io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline=newline)


def _texts(lines: Iterable[str]) -> Iterator[Record]:
    return (Row({"text": line}) for line in without_ends(lines))
