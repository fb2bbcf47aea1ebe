"""Packed files that somebody else wrote (.gz, .bz2, .xz, .zst, .zip of one file): unpacked piece by piece, in bounds.

A few kilobytes can unpack to terabytes, so what comes out is counted, and nothing is written to disk.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from tunecard.untrusted.bounded_parquet import ALWAYS_READ, MOST_FOLD
from tunecard.untrusted.plain_files import UnfitFile, open_plain

ZIP = ".zip"
_BROKEN = (EOFError, OSError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, NotImplementedError, pa.ArrowException)


def _unpack_zst(stream: BinaryIO) -> Any:
    return pa.CompressedInputStream(pa.PythonFile(stream, mode="r"), "zstd")


_UNPACK: dict[str, Callable[[BinaryIO], Any]] = {
    ".gz": lambda stream: gzip.GzipFile(fileobj=stream),
    ".bz2": bz2.BZ2File,
    ".xz": lzma.LZMAFile,
    ".zst": _unpack_zst,
}
PACKED = (*_UNPACK, ZIP)


def open_unpacked(path: Path) -> io.BufferedReader:
    """The bytes of a file, unpacked where its name ends in one of `PACKED`.

    Raises: UnfitFile: no plain file, a .zip of no file or of several; on reading: broken, or it unpacks to far more.
    """
    stream, suffix = open_plain(path), path.suffix.lower()
    if suffix not in PACKED:
        return stream
    try:
        unpacked = _open_member(stream) if suffix == ZIP else _UNPACK[suffix](stream)
    except _BROKEN as error:
        stream.close()
        raise error if isinstance(error, UnfitFile) else _broken(error) from error
    return io.BufferedReader(_Counted(stream, unpacked, max(ALWAYS_READ, MOST_FOLD * path.stat().st_size)))


def member_name(path: Path) -> str:
    """The name of the one file in a .zip. Raises: UnfitFile: it holds none or several, or is no .zip."""
    try:
        with open_plain(path) as stream, zipfile.ZipFile(stream) as packed:
            return _member(packed).filename.rpartition("/")[2]
    except zipfile.BadZipFile as error:
        raise _broken(error) from error


def _open_member(stream: BinaryIO) -> Any:
    packed = zipfile.ZipFile(stream)
    return packed.open(_member(packed))


def _member(packed: zipfile.ZipFile) -> zipfile.ZipInfo:
    found = [
        info
        for info in packed.infolist()
        if not info.is_dir() and not info.filename.startswith("__MACOSX/") and "/." not in f"/{info.filename}"
    ]
    if len(found) != 1:
        names = ", ".join(info.filename for info in found[:5]) + (" and more" if len(found) > 5 else "")
        raise UnfitFile(f"it must hold one file. Got {names or 'none'}. Unpack it and name the folder or the files.")
    if found[0].flag_bits & 1:
        raise UnfitFile("it is locked with a password. Unpack it.")
    return found[0]


def _broken(error: Exception) -> UnfitFile:
    return UnfitFile(f"it cannot be unpacked ({' '.join(str(error).split())}). Pack it again or download it again.")


class _Counted(io.RawIOBase):
    """Unpacked bytes, counted as they come."""

    def __init__(self, packed: BinaryIO, unpacked: Any, most: int) -> None:
        self._packed, self._unpacked, self._left, self._most = packed, unpacked, most, most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        try:
            piece = self._unpacked.read(len(buffer))
        except _BROKEN as error:
            raise _broken(error) from error
        self._left -= len(piece)
        if self._left < 0:
            size = self._packed.seek(0, 2)
            raise UnfitFile(f"its {size:,} bytes unpack to more than {self._most:,}, and no more are read. Unpack it.")
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        self._packed.close()
        super().close()
