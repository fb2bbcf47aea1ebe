"""Output folders: claimed by one run at a time, nothing of the user's overwritten unasked; or made beside and moved."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tunecard.errors import RunFolderError
from tunecard.evidence.files import disk_faults, sha256_of
from tunecard.evidence.ledger import CARD, CHECKPOINTS, EVIDENCE, LOCK, PREDICTIONS, RunFolder


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
    if content and overwrite and not _is_ours(path, content):
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


def _is_ours(path: Path, content: set[str]) -> bool:
    return bool(content & {EVIDENCE, CHECKPOINTS}) or _is_all_that_a_run_writes_first(path, content)


def _is_all_that_a_run_writes_first(path: Path, content: set[str]) -> bool:
    """Whether there is nothing but predictions files: those of the simple things, of a run killed before it trained."""
    return content == {PREDICTIONS} and all(entry.suffix == ".parquet" for entry in (path / PREDICTIONS).iterdir())


def _clear(path: Path) -> None:
    for entry in path.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry.name != LOCK:
            entry.unlink()


def check_place(out: Path, adapter: Path, *, overwrite: bool) -> None:
    """Raises: RunFolderError: `out` is a file, or holds what may not be replaced. Asked before anything is read."""
    if out.exists() and not out.is_dir():
        raise RunFolderError("is a file. Choose a folder with --out.", place=str(out))
    content = sorted(path.name for path in out.iterdir() if path.name != LOCK) if out.is_dir() else []
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
    with disk_faults(out):
        out.parent.mkdir(parents=True, exist_ok=True)
    if is_in_place(out, adapter):
        with _beside(out) as folder:
            yield folder
            _add(folder, out, may_replace=overwrite and RunFolder(out).original_card.is_file())
        return
    with claim_folder(out, resume=True, overwrite=False), _beside(out) as folder:
        yield folder
        _replace(folder.path, out)


@contextmanager
def _beside(out: Path) -> Iterator[RunFolder]:
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as name:
        yield RunFolder(Path(name))


def _replace(made: Path, out: Path) -> None:
    with disk_faults(out / CARD):
        for path in list(out.iterdir()):
            if path.name != LOCK:
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        for path in sorted(made.iterdir()):
            shutil.move(path, out / path.name)


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
        for path in files:
            (out / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(made.path / path, out / path)
    RunFolder(out).write_manifest()  # over what was there before, too


def _differs(made: Path, there: Path) -> bool:
    return there.is_file() and sha256_of(made) != sha256_of(there)
