"""Which values are rows that can be predicted, and what is wrong with the others."""

from __future__ import annotations

from typing import Any

from tunecard.rows.text import is_broken_text, shown

PAIR = 2
_BROKEN = "holds a byte that is not UTF-8 or half a character. Mend the text."


def is_pair_of_texts(row: Any) -> bool:
    """Whether a row is a list or tuple of two."""
    return isinstance(row, (list, tuple)) and len(row) == PAIR


def fault_in_text(value: Any, what: str = "the text") -> str | None:
    """What is wrong with one text; None when it can be read."""
    if not isinstance(value, str):
        return f"{what} must be text. Got {shown(value)}."
    if not value.strip():
        return f"{what} is empty."
    return f"{what} {_BROKEN}" if is_broken_text(value) else None


def fault_in_text_row(row: Any, is_pair: bool | None) -> str | None:
    """What is wrong with a row of text classification.

    Args:
        is_pair: whether the adapter was trained on pairs; None when that is not known.
    """
    if is_pair_of_texts(row):
        if is_pair is False:
            return "must be one text: this adapter was trained on single texts. Got a pair."
        return fault_in_text(row[0], "the first text") or fault_in_text(row[1], "the second text")
    if isinstance(row, str) and is_pair:
        return "must be a pair of texts: this adapter was trained on pairs. Got one text."
    if isinstance(row, (list, tuple)):
        return f"must be one text or a pair. Got {len(row)} items."
    return fault_in_text(row)


def fault_in_token_row(row: Any) -> str | None:
    """What is wrong with a row of token classification: a text, or a list of words."""
    if not isinstance(row, (list, tuple)):
        return fault_in_text(row)
    if not row:
        return "has no words."
    return next((fault for i, word in enumerate(row) if (fault := fault_in_text(word, f"word {i + 1}"))), None)
