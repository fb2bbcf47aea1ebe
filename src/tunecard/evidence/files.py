"""Files that are whole or absent: written without a name, flushed, then named; and their sha256."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from tunecard.evidence.disk_faults import disk_faults
from tunecard.untrusted.plain_files import open_plain

# What begins so was being written when its process was killed.
HALF = ".half-"
_OPEN_FILES = Path("/proc/self/fd")


def write_whole(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Calls `write` with a stream, flushes what came to disk and gives it the name `path`.

    Where the file system has files without a name (Linux), a process that is killed meanwhile leaves nothing behind;
    elsewhere it leaves a file that begins with HALF.

    Raises: MachineError: the disk is full or the folder cannot be written; `path` is then untouched.
    """
    with disk_faults(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with _half_file(path.parent) as (stream, half):
            write(stream)
            stream.flush()
            os.fchmod(stream.fileno(), 0o644)
            os.fsync(stream.fileno())
            _give_name(stream, half, path)
        flush(path.parent)


@contextmanager
def _half_file(folder: Path) -> Iterator[tuple[BinaryIO, Path | None]]:
    """A new file open for writing, and its name, if it has any; gone afterwards, unless it was given another."""
    stream, half = _nameless(folder), None
    if stream is None:
        handle, name = tempfile.mkstemp(dir=folder, prefix=HALF)
        stream, half = os.fdopen(handle, "wb"), Path(name)
    try:
        with stream:
            yield stream, half
    finally:
        if half:
            half.unlink(missing_ok=True)


def _nameless(folder: Path) -> BinaryIO | None:
    """A file without a name; None where there are none, or where none could be given a name later."""
    if not hasattr(os, "O_TMPFILE") or not _OPEN_FILES.is_dir():
        return None
    try:
        return os.fdopen(os.open(folder, os.O_TMPFILE | os.O_RDWR, 0o600), "wb")
    except OSError:  # not on this file system; or the folder is at fault, and the other way says how
        return None


def _give_name(stream: BinaryIO, half: Path | None, path: Path) -> None:
    """Puts a file where it belongs, in the place of an older one, in one step."""
    if half is None:
        try:
            _link(stream, path)
            return
        except FileExistsError:  # no call replaces a file by one without a name
            half = path.with_name(f"{HALF}{path.name}")  # whoever writes it next takes away what is left of a kill here
            half.unlink(missing_ok=True)
            _link(stream, half)
    try:
        os.replace(half, path)
    except BaseException:
        half.unlink(missing_ok=True)
        raise


def _link(stream: BinaryIO, path: Path) -> None:
    folder = os.open(path.parent, os.O_RDONLY)
    try:  # with a folder to begin at, the system follows the entry in /proc to the file itself
        open_file = _OPEN_FILES / str(stream.fileno())
        os.link(open_file, path.name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=True)
    finally:
        os.close(folder)


@contextmanager
def half_folder(folder: Path) -> Iterator[Path]:
    """A new folder inside `folder` for libraries that write files of their own; gone afterwards, unless renamed."""
    beside = Path(tempfile.mkdtemp(dir=folder, prefix=HALF))
    try:
        yield beside
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def is_half(relative: Path) -> bool:
    """Whether a path inside a folder is one of a write that never ended."""
    return any(part.startswith(HALF) for part in relative.parts)


def clear_halves(folder: Path) -> None:
    """Removes what killed processes were writing in a folder and below. Nobody else may write there meanwhile."""
    for half in list(folder.rglob(f"{HALF}*")):
        if half.is_dir() and not half.is_symlink():
            shutil.rmtree(half, ignore_errors=True)
        else:
            with suppress(FileNotFoundError):  # it went with the folder around it
                half.unlink()


def write_bytes(path: Path, content: bytes) -> None:
    """Writes bytes whole."""
    write_whole(path, lambda stream: stream.write(content))


def write_text(path: Path, text: str) -> None:
    """Writes UTF-8 text whole."""
    write_bytes(path, text.encode())


def write_json(path: Path, value: Any) -> None:
    """Writes JSON whole, as `json_text` lays it out."""
    write_text(path, json_text(value))


def json_text(value: Any) -> str:
    """JSON as every file of a run has it: indented by one, strict (no NaN), keys in the order given, a newline last."""
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def json_lines(value: Any) -> int:
    """The lines of `json_text(value)`, without writing it: one a value that holds no other, two more around some."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return 1 + (len(inside) and 1 + sum(map(json_lines, inside)))


def sha256_of(path: Path) -> str:
    """Hex sha256 of a plain file. Raises: OSError: it is none."""
    with open_plain(path) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def flush(path: Path) -> None:
    """Waits until a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
