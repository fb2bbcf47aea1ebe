"""Factors: by what the scores are sliced. Values are binned so that a slice is a group and never a single text."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tunecard.rows.factor_values import MISSING, OTHER

LENGTH = "length"
MAX_NUMBERS = 12
MAX_VALUES = 30
MAX_PEOPLE = 50  # groups of people are known by name, and each is compared
LENGTH_EDGES = (8, 16, 32, 64, 128, 256)


def length_bin(words: int) -> str:
    """The bin of a length in words; edges double, so that intents and long reviews both spread over several.

    >>> [length_bin(n) for n in (1, 8, 9, 300)]
    ['1-8 words', '1-8 words', '9-16 words', '257+ words']
    """
    i = bisect_left(LENGTH_EDGES, words)
    if i == len(LENGTH_EDGES):
        return f"{LENGTH_EDGES[-1] + 1}+ words"
    return f"{LENGTH_EDGES[i - 1] + 1 if i else 1}-{LENGTH_EDGES[i]} words"


def bin_values(by_split: Mapping[str, Sequence[Any]], most: int = MAX_VALUES) -> dict[str, list[str]]:
    """The values of one column, binned alike in every split.

    Numbers with more than 12 different values fall into quarters of the training split; of more than `most` different
    texts the most frequent are kept, one fewer, and the rest is "other"; nothing is "(missing)".

    Args:
        by_split: split to raw values; train (or else all splits together) decides the bins.
        most: different texts that stay apart.
    """
    texts = {split: [as_text(value) for value in values] for split, values in by_split.items()}
    deciding = texts.get("train") or [text for several in texts.values() for text in several]
    every = {text for several in texts.values() for text in several} - {MISSING}
    if len(every) > MAX_NUMBERS and all(_number(text) is not None for text in every):
        edges = _quartiles([float(text) for text in deciding if text != MISSING])
        return {split: [_quarter(text, edges) for text in several] for split, several in texts.items()}
    if len(every) > most:
        counts = Counter(text for text in deciding if text != MISSING)
        kept = {*sorted(counts, key=lambda text: (-counts[text], text))[: most - 1], MISSING}
        return {split: [text if text in kept else OTHER for text in several] for split, several in texts.items()}
    return texts


def as_text(value: Any) -> str:
    """A value of a column as text; nothing, empty text and NaN are all `MISSING`."""
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return MISSING
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _quartiles(numbers: list[float]) -> list[float]:
    """The three inner edges by the nearest-rank method, equal ones merged."""
    ordered = sorted(numbers)
    if not ordered:
        return []
    return sorted({ordered[math.ceil(len(ordered) * quarter / 4) - 1] for quarter in (1, 2, 3)})


def _quarter(text: str, edges: list[float]) -> str:
    if text == MISSING or not edges:
        return text
    i = bisect_left(edges, float(text))
    if i == 0:
        return f"up to {edges[0]:g}"
    if i == len(edges):
        return f"over {edges[-1]:g}"
    return f"over {edges[i - 1]:g} to {edges[i]:g}"
