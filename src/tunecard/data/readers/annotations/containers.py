"""The array of rows that an annotation tool wraps in an object with more in it, such as the list of its classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_PATHS = (("annotations",), ("rasa_nlu_data", "common_examples"))


def unwrapped(content: Any) -> Any:
    """The array in the place of its wrapping, without the empty places that some tools leave; other content as it is.

    >>> unwrapped({"classes": ["PER"], "annotations": [["Ana", {"entities": []}], None]})
    [['Ana', {'entities': []}]]
    >>> unwrapped({"data": []})
    {'data': []}
    """
    found = (_at(content, path) for path in _PATHS)
    several = next((value for value in found if isinstance(value, list) and any(value)), None)
    return content if several is None else [row for row in several if row is not None]


def _at(content: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        content = content.get(key) if isinstance(content, Mapping) else None
    return content
