"""When two texts count as the same, and how many rows then occur more than once: within a split and across splits."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from tunecard.rows.dataset import Split
from tunecard.rows.written import WORDS, texts_of_rows

PAIRS = (("train", "test"), ("train", "validation"), ("validation", "test"))


def normalised(text: str) -> str:
    """The text in NFKC, lower case, with single spaces.

    >>> normalised(" Caf\\u00e9  No.\\u00a05 ")
    'caf\\xe9 no. 5'
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return " ".join(text.lower().split())


def row_keys(split: Split) -> list[str]:
    """One key a row; rows with the same key hold the same text (all texts, of pairs and the like)."""
    return ["\n".join(map(normalised, texts)) for texts in texts_of_rows(split.inputs)]


def count_words(split: Split) -> list[int]:
    """Words of each row: tokens, or what white space parts (all texts of a row together)."""
    if WORDS in split.inputs:
        return [len(words) for words in split.inputs[WORDS]]
    return [sum(len(text.split()) for text in texts) for texts in texts_of_rows(split.inputs)]


def count_repeated(split: Split) -> int:
    """Rows whose normalised text occurs earlier in the same split."""
    return len(split) - len(set(row_keys(split)))


def count_overlaps(splits: Mapping[str, Split]) -> dict[tuple[str, str], int]:
    """(A, B) to the number of rows of B that are also in A, for the pairs of splits that are present."""
    keys = {name: row_keys(split) for name, split in splits.items()}
    known = {name: set(several) for name, several in keys.items()}
    return {(a, b): sum(key in known[a] for key in keys[b]) for a, b in PAIRS if a in keys and b in keys}
