"""Rows within a JSON file: the array itself, or the one that a tool wraps in an object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_PATHS = (("data",), ("annotations",), ("examples",), ("rasa_nlu_data", "common_examples"))


def rows_within(content: Any) -> list[Any] | None:
    """The array of rows; None where there is none. Empty places in it, which some tools leave, are no rows.

    >>> rows_within({"classes": ["PER"], "annotations": [["Ana", {"entities": []}], None]})
    [['Ana', {'entities': []}]]
    """
    several = content
    if isinstance(content, Mapping):
        several = next((found for path in _PATHS if isinstance(found := _at(content, path), list)), None)
    return [row for row in several if row is not None] if isinstance(several, list) else None


def _at(content: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        content = content.get(key) if isinstance(content, Mapping) else None
    return content
