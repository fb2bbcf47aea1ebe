"""What goes up: the files of the manifest, the manifest itself, and a signature where it still fits."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tunecard.evidence import RunFolder
from tunecard.evidence.files import json_text
from tunecard.evidence.ledger import GIT_ATTRIBUTES, LOCK, MANIFEST, PREDICTIONS, UNLISTED_FILES

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
    signature over the whole manifest would not fit it and stays here too.
    """
    records = folder.read_manifest()
    kept = [record for record in records if with_predictions or not record["path"].startswith(f"{PREDICTIONS}/")]
    files: dict[str, Path | bytes] = {record["path"]: folder.path / record["path"] for record in kept}
    signatures = [name for name in sorted(SIGNATURES) if (folder.path / name).is_file()]
    left = [record["path"] for record in records if record["path"] not in files]
    if not left:
        files |= {name: folder.path / name for name in signatures}
        return Parcel({**files, MANIFEST: folder.manifest})
    return Parcel({**files, MANIFEST: json_text({"files": kept}).encode()}, (*left, *signatures))


def _size(content: Path | bytes) -> int:
    return len(content) if isinstance(content, bytes) else content.stat().st_size


def _pieces(content: Path | bytes) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    with content.open("rb") as stream:
        while piece := stream.read(1 << 20):
            yield piece
