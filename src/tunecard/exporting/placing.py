"""A folder that is filled beside its place, and stands there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tunecard.errors import RunFolderError
from tunecard.evidence.disk_faults import disk_faults
from tunecard.evidence.files import half_folder


def check_free(out: Path) -> None:
    """Raises: RunFolderError: there is something already. Asked before anything is read."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise RunFolderError("is there already. Name a folder that is not, or an empty one.", place=str(out))


@contextmanager
def placed(out: Path) -> Iterator[Path]:
    """A folder to fill; it becomes `out` where the block ends well, and is gone where it does not."""
    with disk_faults(out):
        out.parent.mkdir(parents=True, exist_ok=True)
    with half_folder(out.parent) as beside:
        made = beside / "export"
        made.mkdir()
        yield made
        with disk_faults(out):
            if out.exists():
                out.rmdir()
            os.replace(made, out)
