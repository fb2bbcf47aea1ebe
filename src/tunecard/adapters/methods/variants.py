"""Variants of LoRA and its kin in words, from what adapter_config.json switches on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Words = Callable[[Any], str]  # the value in adapter_config.json to half a sentence
SHOWN = 6  # modules; all are in the record of what is switched on


def plainly(words: str) -> Words:
    """Words that no value changes."""
    return lambda value: words


def by_module(what: str) -> Words:
    """A setting that modules have of their own, by parts of their names."""

    def said(value: Any) -> str:
        values = value if isinstance(value, Mapping) else {}
        shown = [f"{number} where a name fits `{name}`" for name, number in list(values.items())[:SHOWN]]
        return f"{what} by module, {', '.join(shown)}{' and so on' if len(values) > SHOWN else ''}"

    return said


def rows_of_embeddings(value: Any) -> str:
    """How many rows learned, of one embedding or of several by name.

    >>> rows_of_embeddings({"embed_tokens": [5, 6], "other": [1]})
    '3 rows of the embeddings learned too'
    """
    several = list(value.values()) if isinstance(value, Mapping) else [value]
    return f"{sum(len(rows) for rows in several if isinstance(rows, list))} rows of the embeddings learned too"


def only_layers(value: Any) -> str:
    """Which layers have an update.

    >>> only_layers([1, 3])
    'only layers 1, 3'
    """
    return f"only layers {', '.join(map(str, value if isinstance(value, list) else [value]))}"
