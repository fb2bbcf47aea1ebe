"""Shards on disk: each a whole file whose name tells its number, rows, errors and sha256, so that none needs a list."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tunecard.evidence.files import sha256_of, write_bytes
from tunecard.inference.bulk.answering import Layout, count_errors
from tunecard.inference.bulk.writing import Row, open_writer

_NAME = re.compile(r"(\d{8})\.(\d+)\.(\d+)\.([0-9a-f]{64})")


@dataclass(frozen=True)
class Shard:
    """One shard that is done: its number, its rows, how many are errors, and the sha256 of its file."""

    number: int
    rows: int
    errors: int
    sha256: str
    path: Path


def store(folder: Path, number: int, rows: Sequence[Row], layout: Layout, suffix: str) -> Shard:
    """Writes a shard whole. Raises: MachineError: the disk is full."""
    stream = io.BytesIO()
    writer = open_writer(stream, suffix, layout.fields, layout.has_id)
    writer.write(rows)
    writer.close()
    content = stream.getvalue()
    digest, errors = hashlib.sha256(content).hexdigest(), count_errors(rows)
    path = folder / f"{number:08d}.{len(rows)}.{errors}.{digest}{suffix}"
    write_bytes(path, content)
    return Shard(number, len(rows), errors, digest, path)


def find(folder: Path, number: int) -> Shard | None:
    """A shard that was stored already, as by a process that was killed before it could say so."""
    return next(filter(None, map(_read, folder.glob(f"{number:08d}.*"))), None)


def whole_shards(folder: Path) -> dict[int, Shard]:
    """Number to shard; what is not as its name says is removed, to be computed again."""
    found: dict[int, Shard] = {}
    for path in sorted(folder.iterdir()):
        shard = _read(path)
        if shard is None:
            continue
        if shard.number in found or sha256_of(path) != shard.sha256:
            path.unlink()
        else:
            found[shard.number] = shard
    return found


def _read(path: Path) -> Shard | None:
    named = _NAME.fullmatch(path.stem)
    return Shard(int(named[1]), int(named[2]), int(named[3]), named[4], path) if named else None
