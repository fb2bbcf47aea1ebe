"""What an earlier call left: a whole output, shards to go on with, or something of another model, input or options."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tunecard.bulk.identity import Identity, differences
from tunecard.bulk.place import Place
from tunecard.errors import RunFolderError
from tunecard.evidence.files import sha256_of, write_json
from tunecard.untrusted.bounded_json import load_json

PLAN = "plan.json"
MOST_VALUES = 50_000_000  # of a ledger: a hundred million rows have 200,000


def whole_output(place: Place, identity: Identity) -> int | None:
    """How many errors an output has that is there already; None where there is none to go by.

    Raises: RunFolderError: it is of something else.
    """
    before = _read_json(place.ledger)
    files = [place.out / one["file"] if place.is_folder else place.out for one in before.get("files", [])]
    if not files or not all(path.is_file() for path in files):
        return None
    if any(sha256_of(path) != one["sha256"] for path, one in zip(files, before["files"], strict=True)):
        return None
    _refuse(place, before["of"], identity, place.ledger)
    return sum(int(one["errors"]) for one in before["files"])


def begin(place: Place, identity: Identity) -> None:
    """Writes down what the shards are of. Raises: RunFolderError: those that are there are of something else."""
    plan = place.shards / PLAN
    if plan.is_file():
        _refuse(place, _read_json(plan), identity, place.shards)
    else:
        write_json(plan, identity)


def _refuse(place: Place, before: Mapping[str, Any], identity: Identity, to_delete: Path) -> None:
    if others := differences(before, identity):
        raise RunFolderError(
            f"was begun with {' and '.join(others)}. Give what it was begun with, choose another --out, or delete "
            f"{to_delete} to begin anew.",
            place=str(place.out),
        )


def _read_json(path: Path) -> dict[str, Any]:
    """A file that this room wrote; empty where there is none, or where it was broken since."""
    try:
        content = load_json(path.read_bytes(), MOST_VALUES)
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
