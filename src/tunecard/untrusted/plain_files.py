"""The one way to open a file that somebody else wrote: a plain file of bounded size, asked before any of it is read.

A pipe in the place of a file would be waited for for ever, a device never ends, and a folder is no file.
"""

from __future__ import annotations

import os
import stat
from io import BufferedReader
from pathlib import Path

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe (FIFO)",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}


class UnfitFile(OSError, ValueError):
    """What lies there is no plain file, or a larger one than is read: whoever expects a broken file expects this."""


def open_plain(path: Path, most: int | None = None) -> BufferedReader:
    """Opens a plain file, or a link to one, for reading.

    Args:
        most: bytes that it may have; None where it is read piece by piece.
    Raises: UnfitFile: it is something else, or larger. OSError: it is not there or cannot be opened.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe that nobody writes does not block
    try:
        found = os.fstat(handle)
        kind = stat.S_IFMT(found.st_mode)
        if kind != stat.S_IFREG:
            raise UnfitFile(f"it must be a file. Got {_KINDS.get(kind, 'something else')}.")
        if most is not None and found.st_size > most:
            raise UnfitFile(f"it has {found.st_size:,} bytes, and at most {most:,} are read.")
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def read_plain(path: Path, most: int) -> bytes:
    """The bytes of a plain file of at most `most` bytes. Raises: as `open_plain`."""
    with open_plain(path, most) as stream:
        content = stream.read(most + 1)  # a file may grow while it is read
    if len(content) > most:
        raise UnfitFile(f"it has more than {most:,} bytes, and no more are read.")
    return content


def read_plain_text(path: Path, most: int, errors: str = "strict") -> str:
    """The same as UTF-8 text, whatever ends its lines. Raises: as `open_plain`; UnicodeDecodeError: it is no UTF-8."""
    text = read_plain(path, most).decode("utf-8", errors)
    return text.replace("\r\n", "\n").replace("\r", "\n")
