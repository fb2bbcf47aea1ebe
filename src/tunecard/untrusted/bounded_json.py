"""JSON that somebody else wrote: read within bounds of size, of number of values and of depth."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tunecard.untrusted.plain_files import read_plain

MOST_VALUES = 2_000_000  # an empty list is three bytes of text and sixty-four of memory


def load_json(
    text: str | bytes,
    most_values: int = MOST_VALUES,
    pairs: Callable[[list[tuple[str, Any]]], dict[str, Any]] | None = None,
) -> Any:
    """The value of a JSON text.

    Args:
        pairs: what makes an object of its keys and values, such as `once_each`.
    Raises: ValueError: it is not JSON, is nested too deeply or holds more than `most_values` values.
    """
    if _marks(text) > most_values:
        raise ValueError(f"it holds more than {most_values:,} values.")
    try:
        return json.loads(text, object_pairs_hook=pairs)
    except RecursionError as error:
        raise ValueError("it is nested too deeply.") from error


def once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of different keys. Raises: ValueError: one stands there twice, of which JSON would keep the last."""
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"it has the key {next(name for name in names if names.count(name) > 1)!r} twice.")
    return made


def read_json(path: Path, most: int, most_values: int = MOST_VALUES) -> Any:
    """The value of a JSON file of at most `most` bytes.

    Raises: UnfitFile (a ValueError): no plain file, or a larger one. ValueError: as `load_json`. OSError: not there.
    """
    return load_json(read_plain(path, most), most_values)


def _marks(text: str | bytes) -> int:
    """How many signs there are that a value begins."""
    if isinstance(text, str):
        return sum(text.count(mark) for mark in ",[{")
    return sum(text.count(mark) for mark in (b",", b"[", b"{"))
