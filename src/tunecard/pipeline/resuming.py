"""A run that stopped goes on with the recipe it began with: it is kept beside the checkpoints, and compared."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tunecard.errors import RunFolderError
from tunecard.evidence import RunFolder
from tunecard.evidence.files import write_json
from tunecard.recipe import Recipe, recipe_to_mapping
from tunecard.untrusted.bounded_json import load_json

MOST_BYTES = 1_000_000
SHOWN = 60
START = "adapter.start_from (sha256)"
# How a run is judged and told may change while it stands still; what it learns from and how may not.
MAY_CHANGE = ("card", "evaluation.factors", "evaluation.protocol", "evaluation.controls", "evaluation.targets")


class OtherRecipe(RunFolderError):
    """A run is asked to go on with another recipe. `was` has what differs as it was, by key."""

    def __init__(self, was: Mapping[str, Any], now: Mapping[str, Any], *, place: str) -> None:
        self.was = dict(was)
        told = [f"  {key} was {_shown(value)}, now {_shown(now.get(key))}" for key, value in was.items()]
        message = "\n".join([
            "the run that stopped here had another recipe:", *told,
            "Go on with what was, or start again with --overwrite.",
        ])  # fmt: skip
        super().__init__(message, place=place)


def hold_to_recipe(folder: RunFolder, recipe: Recipe, start_sha256: str | None = None) -> None:
    """Compares what training began with.

    Args:
        recipe: without any `auto`.
        start_sha256: of the earlier adapter that it starts from, which may have been trained again since.
    Raises: OtherRecipe: there are checkpoints, or layers that a trial chose, of another recipe or another start.
    """
    if not any(folder.checkpoints.glob("*/step-*")) and not folder.chosen_layers.is_file():
        return
    before, now = _read(folder), _began(recipe, start_sha256)
    was = {key: value for key, value in before.items() if value != now.get(key)}
    was |= {key: None for key in now if before and key not in before and now[key] is not None}
    if was:
        raise OtherRecipe(was, now, place=str(folder.path))


def keep_recipe(folder: RunFolder, recipe: Recipe, start_sha256: str | None = None) -> None:
    """Writes what training begins with, without any `auto`, for whoever goes on."""
    folder.checkpoints.mkdir(parents=True, exist_ok=True)
    write_json(folder.began_with, _began(recipe, start_sha256))


def _began(recipe: Recipe, start_sha256: str | None) -> dict[str, Any]:
    start = {} if start_sha256 is None else {START: start_sha256}
    return dict(_flat(recipe_to_mapping(recipe))) | start


def _read(folder: RunFolder) -> dict[str, Any]:
    """What it began with; nothing where an earlier version or a crash left nothing."""
    try:
        content = load_json(folder.began_with.read_bytes()[:MOST_BYTES].decode())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _flat(block: Mapping[str, Any], place: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in block.items():
        key = place + name
        if key in MAY_CHANGE:
            continue
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{key}.")
        else:
            yield key, value


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."
