"""When two texts count as the same, and how many rows then occur more than once: within a split and across splits."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from tunecard.rows.dataset import Split

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
    """One key a row; rows with the same key hold the same text (both texts, for pairs)."""
    if "tokens" in split.inputs:
        return [normalised(" ".join(words)) for words in split.inputs["tokens"]]
    texts = [normalised(text) for text in split.inputs["text"]]
    if "text_pair" not in split.inputs:
        return texts
    return [f"{a}\n{normalised(b)}" for a, b in zip(texts, split.inputs["text_pair"], strict=True)]


def count_words(split: Split) -> list[int]:
    """Words of each row: tokens, or what white space parts (both texts of a pair together)."""
    if "tokens" in split.inputs:
        return [len(words) for words in split.inputs["tokens"]]
    counts = [len(text.split()) for text in split.inputs["text"]]
    if "text_pair" not in split.inputs:
        return counts
    return [a + len(b.split()) for a, b in zip(counts, split.inputs["text_pair"], strict=True)]


def count_repeated(split: Split) -> int:
    """Rows whose normalised text occurs earlier in the same split."""
    return len(split) - len(set(row_keys(split)))


def count_overlaps(splits: Mapping[str, Split]) -> dict[tuple[str, str], int]:
    """(A, B) to the number of rows of B that are also in A, for the pairs of splits that are present."""
    keys = {name: row_keys(split) for name, split in splits.items()}
    known = {name: set(several) for name, several in keys.items()}
    return {(a, b): sum(key in known[a] for key in keys[b]) for a, b in PAIRS if a in keys and b in keys}
