"""A folder that appears whole or not at all: made beside its place, moved there when it is finished."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tunecard.errors import RunFolderError
from tunecard.evidence import RunFolder
from tunecard.evidence.files import disk_faults, sha256_of
from tunecard.pipeline.folder import claim_folder

README = "README.md"


@contextmanager
def staged_folder(out: Path, adapter: Path, *, overwrite: bool) -> Iterator[RunFolder]:
    """A folder to fill; when the block ends well it is `out`, else nothing has changed.

    Args:
        out: the folder to make. Where it is the adapter's own, files are added and only its README.md is replaced.
        adapter: the folder that is completed.
    Raises: RunFolderError: `out` holds something already, or would lose a file.
    """
    in_place = out.exists() and adapter.exists() and out.samefile(adapter)
    with disk_faults(out):
        out.parent.mkdir(parents=True, exist_ok=True)
    if in_place:
        with _beside(out) as folder:
            yield folder
            _add(folder.path, out)
        return
    with claim_folder(out, resume=overwrite, overwrite=False), _beside(out) as folder:
        _check_is_ours(out)
        yield folder
        _replace(folder.path, out)


@contextmanager
def _beside(out: Path) -> Iterator[RunFolder]:
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as name:
        yield RunFolder(Path(name))


def _check_is_ours(out: Path) -> None:
    content = {path.name for path in out.iterdir()} - {".lock"}
    if content and "evidence.json" not in content:
        raise RunFolderError(
            f"holds files that tunecard did not make ({', '.join(sorted(content)[:3])}). Choose another --out.",
            place=str(out),
        )


def _replace(made: Path, out: Path) -> None:
    with disk_faults(out / README):
        for path in list(out.iterdir()):
            if path.name != ".lock":
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        for path in sorted(made.iterdir()):
            shutil.move(path, out / path.name)


def _add(made: Path, out: Path) -> None:
    """Puts what was made beside what is there. Raises: RunFolderError: a file there would be lost; nothing is moved."""
    files = [path.relative_to(made) for path in made.rglob("*") if path.is_file()]
    lost = [str(path) for path in files if path != Path(README) and _differs(made / path, out / path)]
    if lost:
        raise RunFolderError(
            f"completing it in its own place would replace {', '.join(sorted(lost)[:3])}. Choose another --out.",
            place=str(out),
        )
    with disk_faults(out / README):
        for path in files:
            (out / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(made / path, out / path)
    RunFolder(out).write_manifest()  # over what was there before, too


def _differs(made: Path, there: Path) -> bool:
    return there.is_file() and sha256_of(made) != sha256_of(there)
