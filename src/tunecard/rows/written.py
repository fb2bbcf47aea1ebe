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
    counts = map(len, inputs["choices"])
    first = [text for text, count in zip(inputs["text"], counts, strict=True) for _ in range(count)]
    return first, choices_as_read(inputs)


def choices_as_read(inputs: Mapping[str, list[Any]]) -> list[str]:
    """Every choice as it is read: behind the question that its row asks of the text, where it asks one.

    >>> choices_as_read({"text": ["It rains."], "question": ["She takes"], "choices": [["a coat", "a fan"]]})
    ['She takes a coat', 'She takes a fan']
    """
    questions = inputs.get("question") or [""] * len(inputs["choices"])
    return [
        f"{question} {choice}" if question else choice
        for question, choices in zip(questions, inputs["choices"], strict=True)
        for choice in choices
    ]


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
