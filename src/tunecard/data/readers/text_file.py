"""Text in UTF-8, and plain lines: only \\n and \\r\\n end a line, other separators may be part of a text."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from tunecard.data.readers.options import AS_FOUND, ReadingOptions
from tunecard.data.readers.records import Record, Records, Row
from tunecard.errors import DataError
from tunecard.untrusted.plain_files import open_plain

MOST_BYTES_OF_A_LINE = 50_000_000  # a line is held whole, in several forms at once
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def open_text(path: Path, stack: ExitStack, newline: str = "\n") -> io.TextIOWrapper:
    """A file as text without its byte order mark. Raises: DataError: it is UTF-16; on reading: a line never ends."""
    stream: Any = stack.enter_context(open_plain(path))  # a pipe would be waited for for ever
    if stream.peek(2)[:2] in _UTF16:
        raise DataError(f"{path.name}: must be UTF-8. Got UTF-16. Save the file as UTF-8.")
    return stack.enter_context(_decoded(_Lines(stream, path.name), newline))


def open_lines(path: Path, stack: ExitStack, options: ReadingOptions = AS_FOUND) -> Records:
    """A file of plain lines: the column `text`. Raises: DataError: as `open_text`."""
    return Records(path.name, ["text"], _texts(open_text(path, stack)), are_lines=True)


def open_standard_input(stack: ExitStack, options: ReadingOptions = AS_FOUND) -> Records:
    """Standard input as plain lines; it stays open."""
    stream = _decoded(sys.stdin.buffer, "\n")
    stack.callback(stream.detach)
    return Records("standard input", ["text"], _texts(stream), are_lines=True)


def without_ends(lines: Iterable[str]) -> Iterator[str]:
    """Lines without their line ends."""
    return (line.removesuffix("\n").removesuffix("\r") for line in lines)


def check_utf8(path: Path) -> None:
    """Raises: DataError: the first line that is not UTF-8, or never ends."""
    most = -1 if path.suffix == ".json" else MOST_BYTES_OF_A_LINE + 1  # an array may stand in one line
    with open_plain(path) as stream:
        for number, line in enumerate(iter(partial(stream.readline, most), b""), 1):
            if len(line) == most:
                raise _endless(path.name)
            try:
                line.decode()
            except UnicodeDecodeError as error:
                raise DataError(
                    f"{path.name} line {number}: must be UTF-8. Got the byte 0x{line[error.start]:02X}. "
                    f"Save the file as UTF-8, for example with `iconv -f WINDOWS-1252 -t UTF-8`."
                ) from error


def _endless(name: str) -> DataError:
    return DataError(f"{name}: a line must end within {MOST_BYTES_OF_A_LINE:,} bytes. Is it a file of text?")


class _Lines(io.BufferedIOBase):
    """Bytes of a file in which every line ends within bounds, where it is read piece by piece."""

    def __init__(self, stream: Any, name: str) -> None:
        self._stream, self._name, self._since_end = stream, name, 0

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        return bytes(self._stream.read(size))

    def read1(self, size: int = -1, /) -> bytes:
        piece = bytes(self._stream.read1(size))
        end = piece.rfind(b"\n")
        self._since_end = self._since_end + len(piece) if end < 0 else len(piece) - end - 1
        if self._since_end > MOST_BYTES_OF_A_LINE:
            raise _endless(self._name)
        return piece


def _decoded(stream: Any, newline: str) -> io.TextIOWrapper:
    # A byte that is not UTF-8 becomes a lone surrogate: it spoils its own row, which the row check names.
    return io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline=newline)


def _texts(lines: Iterable[str]) -> Iterator[Record]:
    return (Row({"text": line}) for line in without_ends(lines))
