"""A disk that is full or may not be written, told as such, whichever library hears it first."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tunecard.errors import DiskFull, MachineError

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
REFUSED = frozenset({errno.EACCES, errno.EROFS, errno.EPERM})
# How libraries in Rust (safetensors, tokenizers) say it, each in an error class of its own; older ones in the form of
# what Rust shows a programmer.
_IN_RUST = re.compile(r"\(os error (\d+)\)|\bOs \{ code: (\d+),")


def system_error(error: BaseException) -> int | None:
    """The number that the system gave, of an OSError or of what a library in Rust made of one; None: neither.

    >>> import os
    >>> system_error(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))) == errno.ENOSPC
    True
    >>> system_error(Exception("I/O error: No space left on device (os error 28)"))
    28
    >>> system_error(Exception('IoError(Os { code: 28, kind: StorageFull, message: "No space left on device" })'))
    28
    >>> system_error(ValueError("28"))
    """
    if isinstance(error, OSError):
        return error.errno
    said = _IN_RUST.search(str(error))
    return int(said[1] or said[2]) if said else None


@contextmanager
def full_disk(path: Path) -> Iterator[None]:
    """Turns "no space left" into DiskFull.

    Args:
        path: what is written, where the error itself does not name a file.
    """
    try:
        yield
    except Exception as error:
        if system_error(error) not in FULL:
            raise
        raise DiskFull(
            f"no space left to write {path.name}. Free some space or choose another folder with --out; what was "
            "complete before is kept.",
            place=str(path.parent),
        ) from error


@contextmanager
def disk_faults(path: Path) -> Iterator[None]:
    """Turns "no space left" and "may not be written" of the system into a MachineError that names the place."""
    with full_disk(path):
        try:
            yield
        except OSError as error:
            if error.errno not in REFUSED:
                raise
            raise MachineError(
                f"{path.name} cannot be written ({error.strerror}). Choose another folder with --out.",
                place=str(path.parent),
            ) from error


@contextmanager
def resumable(folder: Path) -> Iterator[None]:
    """A disk that fills up within ends a run with what to do next, whoever was writing, and wherever.

    Raises: DiskFull: it says to free space and to go on with --resume.
    """
    try:
        with full_disk(folder):
            yield
    except DiskFull as error:
        raise DiskFull(f"{error.problems[0]} Then go on with --resume.", place=error.place) from error
