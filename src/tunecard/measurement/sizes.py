"""How large things are: the adapter's file, a folder, and the room left on its disk."""

from __future__ import annotations

import shutil
from pathlib import Path

from tunecard.errors import RunFolderError
from tunecard.evidence import Finding, RunFolder, measured
from tunecard.evidence.files import sha256_of


def adapter_findings(folder: RunFolder) -> list[Finding]:
    """`adapter.bytes` and `adapter.sha256` of the saved weights, and `adapter.tokenizer_sha256` of the files beside.

    Raises: RunFolderError: the folder has no adapter.
    """
    weights = folder.adapter_weights
    if not weights.is_file():
        raise RunFolderError(
            f"{weights.name} must be there. Nothing was found; an adapter is made by `tunecard run RECIPE`.",
            place=str(folder.path),
        )
    source = folder.source(weights)
    about = f"of {weights.name}"
    return [
        measured(
            "adapter.bytes",
            weights.stat().st_size,
            method=f"size {about}",
            source=source,
        ),
        measured(
            "adapter.sha256",
            source.sha256,
            method=f"sha256 {about}",
            source=source,
        ),
        measured(
            "adapter.tokenizer_sha256",
            {path.name: sha256_of(path) for path in folder.tokenizer_files()},
            method="sha256 of each file of the tokenizer in the folder",
        ),
    ]


def folder_bytes(folder: Path) -> int:
    """Bytes of all files under a folder; links are not followed."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def free_disk_bytes(folder: Path) -> int:
    """Bytes free where a folder is or would be made."""
    place = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    return shutil.disk_usage(place).free
