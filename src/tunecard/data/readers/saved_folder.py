"""Folders that `save_to_disk` of the `datasets` library wrote, a data set or one a split; read without that library."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tunecard.errors import DataError
from tunecard.untrusted.bounded_json import read_json

STATE, SPLITS = "state.json", "dataset_dict.json"
_LARGEST = 5_000_000


def saved_files(folder: Path, names: Mapping[str, tuple[str, ...]], alone: str) -> dict[str, list[Path]]:
    """Split to its Arrow files; nothing where the folder was not written so.

    Args:
        names: split to the names that it may have.
        alone: the split of a data set without splits.
    Raises: DataError: a state that cannot be read, or rows chosen by a mapping.
    """
    if (folder / STATE).is_file():
        return {alone: _files(folder)}
    if not (folder / SPLITS).is_file():
        return {}
    written = _read(folder / SPLITS).get("splits")
    present = [str(name) for name in written] if isinstance(written, list) else []
    found = {split: next((name for name in several if name in present), None) for split, several in names.items()}
    return {split: _files(folder / name) for split, name in found.items() if name is not None}


def _files(folder: Path) -> list[Path]:
    state = _read(folder / STATE)
    if state.get("_indices_data_files") or state.get("_indices_files"):
        raise DataError(
            f"folder '{folder.name}': its rows are chosen by a mapping. Save it again with a newer `datasets`."
        )
    files = state.get("_data_files")
    names = (
        [str(file.get("filename", "")) for file in files if isinstance(file, dict)] if isinstance(files, list) else []
    )
    if not names or any(Path(name).name != name for name in names):
        raise DataError(f"folder '{folder.name}': {STATE} must name the files beside it. Save it again.")
    return [folder / name for name in names]


def _read(path: Path) -> dict[str, Any]:
    try:
        content = read_json(path, _LARGEST)
    except (ValueError, OSError) as error:
        raise DataError(f"{path.parent.name}/{path.name}: cannot be read ({error}). Save the folder again.") from error
    return content if isinstance(content, dict) else {}
