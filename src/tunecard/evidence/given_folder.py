"""A folder that somebody gives as an adapter: whether it is there, asked before anything heavy is loaded."""

from __future__ import annotations

from pathlib import Path

from tunecard.errors import RunFolderError, nearest


def check_given_folder(path: Path) -> None:
    """Raises: RunFolderError: a file, or nothing there."""
    if path.is_file():
        raise RunFolderError("is a file. Give the folder that it lies in.", place=str(path))
    if not path.is_dir():
        beside = [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
        raise RunFolderError(f"no such folder.{nearest(path.name, beside)} Give the adapter's.", place=str(path))
