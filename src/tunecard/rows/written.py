"""The texts that a row holds, whatever its inputs are called: one, both of a pair, a prompt and its choices, words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

WORDS = "tokens"


def compared_texts(inputs: Mapping[str, list[Any]]) -> tuple[list[str], list[str]] | None:
    """Both texts of every comparison that rows ask for, row by row: of pairs, and of a text with each of its choices;
    None where rows compare nothing.

    >>> compared_texts({"text": ["It rains."], "choices": [["coat", "fan"]]})
    (['It rains.', 'It rains.'], ['coat', 'fan'])
    """
    if "text_pair" in inputs:
        return inputs["text"], inputs["text_pair"]
    if "choices" not in inputs:
        return None
    pairs = zip(inputs["text"], inputs["choices"], strict=True)
    first, second = zip(*((text, choice) for text, choices in pairs for choice in choices), strict=True)
    return list(first), list(second)


def texts_of_rows(inputs: Mapping[str, list[Any]]) -> list[list[str]]:
    """(N,) the texts of each row, in the order of its inputs; words are one text, joined by blanks.

    Numbers that a task keeps beside its texts, such as where an answer begins, are none.

    >>> texts_of_rows({"text": ["It rains.", "It snows."], "choices": [["coat"], ["boots", "fan"]]})
    [['It rains.', 'coat'], ['It snows.', 'boots', 'fan']]
    """
    if WORDS in inputs:
        return [[" ".join(words)] for words in inputs[WORDS]]
    rows: list[list[str]] = [[] for _ in next(iter(inputs.values()), [])]
    for values in inputs.values():
        for texts, value in zip(rows, values, strict=True):
            texts += [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]
    return rows
