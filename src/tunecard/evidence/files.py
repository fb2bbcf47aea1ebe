"""Files that are whole or absent: written beside, flushed, then renamed; and their sha256."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tunecard.errors import MachineError
from tunecard.untrusted.plain_files import open_plain


@contextmanager
def disk_faults(path: Path) -> Iterator[None]:
    """Turns "no space left" and "read-only" of the system into a MachineError that names the place."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise MachineError(
                f"no space left to write {path.name}. Free some space or choose another folder with --out; "
                "what was complete before is kept, and --resume continues.",
                place=str(path.parent),
            ) from error
        if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM):
            raise MachineError(
                f"{path.name} cannot be written ({error.strerror}). Choose another folder with --out.",
                place=str(path.parent),
            ) from error
        raise


def write_whole(path: Path, write: Callable[[Path], None]) -> None:
    """Calls `write` with a path beside `path`, flushes that file to disk and renames it into place.

    Raises: MachineError: the disk is full or the folder cannot be written; `path` is then untouched.
    """
    with disk_faults(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=path.suffix)
        os.close(handle)
        beside = Path(name)
        try:
            write(beside)
            beside.chmod(0o644)
            flush(beside)
            os.replace(beside, path)
            flush(path.parent)
        finally:
            beside.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Writes UTF-8 text whole."""
    write_whole(path, lambda beside: _put(beside, text.encode()))


def write_json(path: Path, value: Any) -> None:
    """Writes JSON whole, as `json_text` lays it out."""
    write_text(path, json_text(value))


def json_text(value: Any) -> str:
    """JSON as every file of a run has it: indented by one, strict (no NaN), keys in the order given, a newline last."""
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def sha256_of(path: Path) -> str:
    """Hex sha256 of a plain file. Raises: OSError: it is none."""
    with open_plain(path) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _put(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def flush(path: Path) -> None:
    """Waits until a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
