"""Output folders: claimed by one run at a time, nothing of the user's overwritten unasked; or made beside and moved."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tunecard.errors import RunFolderError
from tunecard.evidence.disk_faults import disk_faults
from tunecard.evidence.files import clear_halves, half_folder, is_half, sha256_of
from tunecard.evidence.ledger import CARD, CHECKPOINTS, EVIDENCE, LOCK, MANIFEST, ORIGINAL_CARD, PREDICTIONS, RunFolder


@contextmanager
def claim_folder(path: Path, *, resume: bool, overwrite: bool) -> Iterator[RunFolder]:
    """Creates and locks the folder, clears what a killed process left half-written in it; removes it again when a run
    leaves nothing in it.

    Raises: RunFolderError: in use, or not empty and neither `resume` nor `overwrite` was asked for.
    """
    check_claim(path, resume=resume, overwrite=overwrite)
    with locked_folder(path) as folder:
        if overwrite:
            _clear(path)
        yield folder


def check_claim(path: Path, *, resume: bool, overwrite: bool) -> None:
    """Raises: RunFolderError: a file, or not empty and neither was asked for, or no run's and to be cleared."""
    if path.exists() and not path.is_dir():
        raise RunFolderError("is a file. Choose a folder with --out.", place=str(path))
    content = _content(path)
    if content and not resume and not overwrite:
        raise RunFolderError(
            f"is not empty ({', '.join(sorted(content)[:3])}, ...). Use --resume to go on with a run that stopped, "
            "--overwrite to start again, or another --out.",
            place=str(path),
        )
    if content and overwrite and not _is_ours(path, content):
        raise RunFolderError(
            f"holds files that no run made ({', '.join(sorted(content)[:3])}). Choose another --out.", place=str(path)
        )


@contextmanager
def locked_folder(path: Path) -> Iterator[RunFolder]:
    """The folder, made where it is missing, for this process alone and without halves; gone where it stays empty.

    Raises: RunFolderError: in use.
    """
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
            clear_halves(path)
            yield RunFolder(path)
        finally:
            (path / LOCK).unlink(missing_ok=True)
            if not _content(path):
                shutil.rmtree(path, ignore_errors=True)


def _content(path: Path) -> set[str]:
    """What is in a folder; what is not there to stay does not count."""
    found = {entry.name for entry in path.iterdir()} if path.is_dir() else set[str]()
    return {name for name in found if name != LOCK and not is_half(Path(name))}


def _is_ours(path: Path, content: set[str]) -> bool:
    return bool(content & {EVIDENCE, CHECKPOINTS}) or _is_all_that_a_run_writes_first(path, content)


def _is_all_that_a_run_writes_first(path: Path, content: set[str]) -> bool:
    """Whether there is nothing but predictions files: those of the simple things, of a run killed before it trained."""
    return content == {PREDICTIONS} and all(name.endswith(".parquet") for name in _content(path / PREDICTIONS))


def _clear(path: Path) -> None:
    """Empties a run's folder. What tells that it is a run's goes last, so that a clearing that is cut short can be
    repeated."""
    for entry in sorted(path.iterdir(), key=lambda entry: entry.name in {EVIDENCE, CHECKPOINTS}):
        if entry.name != LOCK:
            _remove(entry)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def check_place(out: Path, adapter: Path, *, overwrite: bool) -> None:
    """Raises: RunFolderError: `out` is a file, or holds what may not be replaced. Asked before anything is read."""
    if out.exists() and not out.is_dir():
        raise RunFolderError("is a file. Choose a folder with --out.", place=str(out))
    content = sorted(_content(out))
    if not content or is_in_place(out, adapter):
        return
    shown = ", ".join(content[:3])
    if EVIDENCE not in content:
        raise RunFolderError(f"holds files that tunecard did not make ({shown}). Choose another --out.", place=str(out))
    if not overwrite:
        raise RunFolderError(
            f"holds a run already ({shown}, ...). Use --overwrite to replace it, or another --out.", place=str(out)
        )


def is_in_place(out: Path, adapter: Path) -> bool:
    """Whether an adapter is completed in its own folder."""
    return out.is_dir() and adapter.is_dir() and out.samefile(adapter)


@contextmanager
def staged_folder(out: Path, adapter: Path, *, overwrite: bool) -> Iterator[RunFolder]:
    """A folder to fill; when the block ends well it is `out`, else nothing has changed.

    Args:
        out: the folder to make. Where it is the adapter's own, files are added and only its README.md is replaced.
        adapter: the folder that is completed.
        overwrite: replaces an earlier run in `out`; in the adapter's own folder, what an earlier completion wrote.
    Raises: RunFolderError: `out` holds something already, or would lose a file.
    """
    check_place(out, adapter, overwrite=overwrite)
    if is_in_place(out, adapter):
        with locked_folder(out), half_folder(out) as beside:
            yield RunFolder(beside)
            _add(RunFolder(beside), out, may_replace=overwrite and RunFolder(out).original_card.is_file())
        return
    with locked_folder(out), half_folder(out) as beside:
        yield RunFolder(beside)
        _replace(beside, out)


def _replace(made: Path, out: Path) -> None:
    """Moves what was made into a folder that is emptied first; the manifest goes first and comes last, and evidence
    that this is a run is there all the while."""
    late = (EVIDENCE, MANIFEST)
    with disk_faults(out / CARD):
        RunFolder(out).manifest.unlink(missing_ok=True)
        for name in _content(out) - {EVIDENCE}:
            _remove(out / name)
        for name in [*sorted(_content(made) - set(late)), *late]:
            if (made / name).exists():
                os.replace(made / name, out / name)


def _add(made: RunFolder, out: Path, *, may_replace: bool) -> None:
    """Puts what was made beside what is there. Raises: RunFolderError: a file there would be lost; nothing is moved."""
    files = [path.relative_to(made.path) for path in made.path.rglob("*") if path.is_file()]
    untouchable = [path for path in files if path != Path(CARD) and not may_replace]
    lost = [str(path) for path in untouchable if _differs(made.path / path, out / path)]
    if lost:
        raise RunFolderError(
            f"completing it in its own place would replace {', '.join(sorted(lost)[:3])}. Choose another --out.",
            place=str(out),
        )
    with disk_faults(out / CARD):
        # The card that is replaced is there under its new name before it goes.
        for path in sorted(files, key=lambda path: (path == Path(CARD), path != Path(ORIGINAL_CARD), path)):
            (out / path).parent.mkdir(parents=True, exist_ok=True)
            os.replace(made.path / path, out / path)
    RunFolder(out).write_manifest()  # over what was there before, too


def _differs(made: Path, there: Path) -> bool:
    return there.is_file() and sha256_of(made) != sha256_of(there)
