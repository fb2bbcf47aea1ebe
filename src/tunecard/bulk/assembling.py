"""Shards to whole outputs, each as if one writer had written it; and the ledger that tells what lies where."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tunecard.bulk.identity import Identity
from tunecard.bulk.place import Place
from tunecard.bulk.shards import Shard
from tunecard.bulk.survey import Part, Survey
from tunecard.counted import counted
from tunecard.evidence.files import sha256_of, write_json, write_whole
from tunecard.inference.bulk.joining import join_files


def assemble(place: Place, found: Survey, shards: Mapping[int, Shard], identity: Identity) -> None:
    """Writes the output and, last, its ledger.

    Raises: MachineError: the disk is full; the shards are then kept.
    """
    parts = (
        {place.file_of(part, found.parts): [part] for part in found.parts}
        if place.is_folder
        else {place.out: list(found.parts)}
    )
    told = []
    with counted("Writing", len(parts), "files") as count:
        for out, of in parts.items():
            told.append(_write(out, of, place, found, shards))
            count.advance()
    write_json(place.ledger, {"of": identity, "files": told})


def _write(out: Path, parts: list[Part], place: Place, found: Survey, shards: Mapping[int, Shard]) -> dict[str, Any]:
    several = [shards[number] for part in parts for number in part.shards]
    paths, layout = [shard.path for shard in several], found.layout
    write_whole(out, lambda stream: join_files(paths, stream, place.suffix, layout.fields, layout.has_id))
    return {
        "file": out.name,
        "first_row": parts[0].first,
        "rows": sum(shard.rows for shard in several),
        "errors": sum(shard.errors for shard in several),
        "sha256": sha256_of(out),
        "shards": [{"rows": shard.rows, "errors": shard.errors, "sha256": shard.sha256} for shard in several],
    }
