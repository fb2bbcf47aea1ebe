"""What goes up: the files of the manifest, the manifest itself, and a signature where it still fits."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunecard.card import render_eval_records
from tunecard.evidence import RunFolder
from tunecard.evidence.files import json_text
from tunecard.evidence.ledger import (
    EVAL_RECORDS,
    EVAL_SAMPLES,
    GIT_ATTRIBUTES,
    LOCK,
    MANIFEST,
    PREDICTIONS,
    UNLISTED_FILES,
)

STAYS = {MANIFEST, GIT_ATTRIBUTES, LOCK}  # the Hub's own .gitattributes says what it keeps as large files
SIGNATURES = frozenset(UNLISTED_FILES - STAYS)


@dataclass(frozen=True)
class Parcel:
    """The files of one commit.

    Attributes:
        files: path in the repository to a file here, or to the bytes of a file that is made for the commit.
        withheld: what the folder has and the commit has not, by its path.
    """

    files: dict[str, Path | bytes]
    withheld: tuple[str, ...] = ()

    @property
    def bytes(self) -> int:
        """Size of all files together."""
        return sum(_size(content) for content in self.files.values())

    def git_hash(self, name: str) -> str:
        """The id that git gives a file's content."""
        content = self.files[name]
        digest = hashlib.sha1(f"blob {_size(content)}\0".encode(), usedforsecurity=False)
        for piece in _pieces(content):
            digest.update(piece)
        return digest.hexdigest()

    def sha256(self, name: str) -> str:
        """The id that large-file storage gives a file's content."""
        digest = hashlib.sha256()
        for piece in _pieces(self.files[name]):
            digest.update(piece)
        return digest.hexdigest()


def pack(folder: RunFolder, *, with_predictions: bool) -> Parcel:
    """Chooses what goes up from a folder whose manifest was verified.

    Without predictions the manifest that goes up lists what goes up, so that a reader's `verify` says "withheld"; a
    signature over the whole manifest would not fit it and stays here too. The records of the evaluation are made anew
    without the rows, which hold the same answers.
    """
    records = folder.read_manifest()
    remade = {} if with_predictions else _without_rows(folder)
    kept = [_renewed(record, remade) for record in records if with_predictions or not _holds_answers(record["path"])]
    files: dict[str, Path | bytes] = {record["path"]: folder.path / record["path"] for record in kept}
    files |= remade
    signatures = [name for name in sorted(SIGNATURES) if (folder.path / name).is_file()]
    left = [record["path"] for record in records if record["path"] not in files]
    if not left:
        files |= {name: folder.path / name for name in signatures}
        return Parcel({**files, MANIFEST: folder.manifest})
    return Parcel({**files, MANIFEST: json_text({"files": kept}).encode()}, (*left, *signatures))


def _holds_answers(path: str) -> bool:
    is_rows = path.startswith(f"{EVAL_RECORDS}/") and path.endswith(EVAL_SAMPLES)
    return is_rows or path.startswith(f"{PREDICTIONS}/")


def _without_rows(folder: RunFolder) -> dict[str, bytes]:
    """The records of the evaluation as they are where the answers are withheld."""
    made = render_eval_records(folder.read_findings(), None)
    return {f"{EVAL_RECORDS}/{name}": text.encode() for name, text in made.items()}


def _renewed(record: dict[str, Any], remade: Mapping[str, bytes]) -> dict[str, Any]:
    """The manifest's record of a file, which may be made for the commit."""
    content = remade.get(record["path"])
    if content is None:
        return record
    return record | {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _size(content: Path | bytes) -> int:
    return len(content) if isinstance(content, bytes) else content.stat().st_size


def _pieces(content: Path | bytes) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    with content.open("rb") as stream:
        while piece := stream.read(1 << 20):
            yield piece
