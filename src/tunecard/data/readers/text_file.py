"""Text of a file, and plain lines: only \\n and \\r\\n end a line, other separators may be part of a text."""

from __future__ import annotations

import codecs
import io
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from tunecard.data.readers.encodings import LOOKED_AT, Encoding, find_encoding, likely_encoding
from tunecard.data.readers.options import AS_FOUND, AUTO, ReadingOptions
from tunecard.data.readers.records import Record, Records, Row
from tunecard.errors import DataError
from tunecard.rows.text import shown
from tunecard.untrusted.bounded_packing import open_unpacked
from tunecard.untrusted.plain_files import UnfitFile

MOST_BYTES_OF_A_LINE = 50_000_000  # a line is held whole, in several forms at once
_PIECE = 1 << 18
_BESIDE = 12  # bytes on either side of one that is not as it must be


def open_text(
    path: Path, stack: ExitStack, options: ReadingOptions = AS_FOUND, newline: str = "\n"
) -> io.TextIOWrapper:
    """A file as text, unpacked and without its byte order mark. Raises: DataError: on reading, a line never ends."""
    encoding = encoding_of(path, options)
    stream: Any = stack.enter_context(open_unpacked(path))  # a pipe would be waited for for ever
    return stack.enter_context(_decoded(_Lines(stream, path.name), encoding, newline))


def encoding_of(path: Path, options: ReadingOptions = AS_FOUND) -> Encoding:
    """In which encoding a file of text is, and what is to be told of it."""
    with open_unpacked(path) as stream:
        return find_encoding(stream.read(LOOKED_AT), options)


def open_lines(path: Path, stack: ExitStack, options: ReadingOptions = AS_FOUND) -> Records:
    """A file of plain lines: the column `text`. Raises: DataError: as `open_text`."""
    notes = dict(encoding_of(path, options).notes)
    return Records(path.name, ["text"], _texts(open_text(path, stack, options)), are_lines=True, notes=notes)


def open_standard_input(stack: ExitStack, options: ReadingOptions = AS_FOUND) -> Records:
    """Standard input as plain lines; it stays open."""
    name = "utf-8-sig" if options.encoding == AUTO else options.encoding
    stream = _decoded(sys.stdin.buffer, Encoding(name), "\n")
    stack.callback(stream.detach)
    return Records("standard input", ["text"], _texts(stream), are_lines=True)


def without_ends(lines: Iterable[str]) -> Iterator[str]:
    """Lines without their line ends."""
    return (line.removesuffix("\n").removesuffix("\r") for line in lines)


def check_text(path: Path, options: ReadingOptions = AS_FOUND, *, only_start: bool = False) -> None:
    """Checks all of a text file, or its start alone.

    Raises: DataError: the first byte that is not of the encoding, with the one that is likely and what to type.
    """
    encoding = encoding_of(path, options)
    decoder = codecs.getincrementaldecoder(encoding.name)("strict")
    line = 1
    with open_unpacked(path) as stream:
        try:
            for piece in iter(partial(stream.read, _PIECE), b""):
                line += decoder.decode(piece).count("\n")
                if only_start:
                    return
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            raise _wrong_encoding(path.name, line, error, encoding.name, options) from error


def _wrong_encoding(file: str, line: int, error: UnicodeDecodeError, name: str, options: ReadingOptions) -> DataError:
    piece, at = bytes(error.object), error.start
    line += piece[:at].decode(name, "ignore").count("\n")
    place = (
        f"{file} line {line}: must be {'UTF-8' if name.startswith('utf-8') else name}. Got the byte 0x{piece[at]:02X}"
    )
    if options.encoding != AUTO:
        return DataError(f"{place}. Mend `data.encoding`, or leave it out for UTF-8.")
    likely = likely_encoding(piece)
    start, end = piece.rfind(b"\n", 0, at) + 1, piece.find(b"\n", at) % (len(piece) + 1)
    near = piece[max(start, at - _BESIDE) : min(end, at + _BESIDE)].decode(likely, "ignore").strip()
    return DataError(
        f"{place}: in {likely} this place reads {shown(near)}. If that is right, set `data.encoding: {likely}` "
        f"(run --set data.encoding={likely}; complete, evaluate, predict: --encoding {likely}); else name another "
        "encoding, or save the file as UTF-8."
    )


def _endless(name: str) -> DataError:
    return DataError(f"{name}: a line must end within {MOST_BYTES_OF_A_LINE:,} bytes. Is it a file of text?")


class _Lines(io.BufferedIOBase):
    """Bytes of a file in which every line ends within bounds, where it is read piece by piece."""

    def __init__(self, stream: Any, name: str) -> None:
        self._stream, self._name, self._since_end = stream, name, 0

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        with self._named():
            return bytes(self._stream.read(size))

    def read1(self, size: int = -1, /) -> bytes:
        with self._named():
            piece = bytes(self._stream.read1(size))
        end = piece.rfind(b"\n")
        self._since_end = self._since_end + len(piece) if end < 0 else len(piece) - end - 1
        if self._since_end > MOST_BYTES_OF_A_LINE:
            raise _endless(self._name)
        return piece

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except UnfitFile as error:
            raise DataError(f"{self._name}: {error}") from error


def _decoded(stream: Any, encoding: Encoding, newline: str) -> io.TextIOWrapper:
    # Of UTF-8 the byte is kept, so that a message can name it.
    errors = "surrogateescape" if encoding.name.startswith("utf-8") else "tunecard-spoil"
    return io.TextIOWrapper(stream, encoding=encoding.name, errors=errors, newline=newline)


def _texts(lines: Iterable[str]) -> Iterator[Record]:
    return (Row({"text": line}) for line in without_ends(lines))
