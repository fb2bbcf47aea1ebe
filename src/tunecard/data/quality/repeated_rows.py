"""When two texts count as the same: NFKC, lower case, white space collapsed."""

from __future__ import annotations

import unicodedata

from tunecard.rows.dataset import Split


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
