"""Taking an output folder: one run at a time, and nothing of the user's is overwritten unasked."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tunecard.errors import RunFolderError
from tunecard.evidence import RunFolder
from tunecard.evidence.files import disk_faults

LOCK = ".lock"


@contextmanager
def claim_folder(path: Path, *, resume: bool, overwrite: bool) -> Iterator[RunFolder]:
    """Creates and locks the folder; removes it again when a run leaves nothing in it.

    Raises: RunFolderError: in use, or not empty and neither `resume` nor `overwrite` was asked for.
    """
    if path.exists() and not path.is_dir():
        raise RunFolderError("is a file. Choose a folder with --out.", place=str(path))
    content = _content(path)
    if content and not resume and not overwrite:
        raise RunFolderError(
            f"is not empty ({', '.join(sorted(content)[:3])}, ...). Use --resume to go on with a run that stopped, "
            "--overwrite to start again, or another --out.",
            place=str(path),
        )
    if content and overwrite and not _is_ours(content):
        raise RunFolderError(
            f"holds files that no run made ({', '.join(sorted(content)[:3])}). Choose another --out.", place=str(path)
        )
    with disk_faults(path / LOCK):
        path.mkdir(parents=True, exist_ok=True)
        lock = (path / LOCK).open("w")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise RunFolderError(
                "is in use by another run. Wait for it, or choose another --out.", place=str(path)
            ) from error
        try:
            if overwrite:
                _clear(path)
            yield RunFolder(path)
        finally:
            (path / LOCK).unlink(missing_ok=True)
            if not _content(path):
                shutil.rmtree(path, ignore_errors=True)


def _content(path: Path) -> set[str]:
    return {entry.name for entry in path.iterdir() if entry.name != LOCK} if path.is_dir() else set()


def _is_ours(content: set[str]) -> bool:
    return bool(content & {"evidence.json", "checkpoints"})


def _clear(path: Path) -> None:
    for entry in path.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry.name != LOCK:
            entry.unlink()
