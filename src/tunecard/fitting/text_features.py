"""Texts as TF-IDF: words one and two at a time, and runs of two to five characters inside words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

WORDS: dict[str, Any] = {"ngram_range": (1, 2)}
CHARACTERS: dict[str, Any] = {"analyzer": "char_wb", "ngram_range": (2, 5)}
MAX_FEATURES = 20_000  # of each block; the most frequent are kept
MAX_COEFFICIENTS = 2_000_000  # of each block over all classes: L-BFGS keeps some twenty copies of them


class TextFeatures:
    """Blocks of TF-IDF side by side, words and characters of each text of a row; sublinear, unit length a block.

    Args:
        inputs: columns of texts to learn words and weights from, e.g. `text` and `text_pair`; N each.
        outputs: classes that coefficients are to be fitted for.
    Raises: ValueError: the texts hold nothing that could be counted.
    """

    def __init__(self, inputs: Mapping[str, Sequence[str]], outputs: int) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        most = max(1, min(MAX_FEATURES, MAX_COEFFICIENTS // outputs))
        self._blocks: list[tuple[str, Any]] = []
        for column, texts in inputs.items():
            for settings in (WORDS, CHARACTERS):
                block = TfidfVectorizer(sublinear_tf=True, max_features=most, dtype=np.float32, **settings)
                if _can_learn(block, texts):
                    self._blocks.append((column, block))
        if not self._blocks:
            raise ValueError("the texts hold no words and no characters to count")

    def __call__(self, inputs: Mapping[str, Sequence[str]]) -> Any:
        """(N, D) sparse float32 features of rows with the same columns."""
        from scipy.sparse import hstack

        return hstack([block.transform(inputs[column]) for column, block in self._blocks], format="csr")


def _can_learn(block: Any, texts: Sequence[str]) -> bool:
    """Learns a block, unless no text has what it counts, such as words of two letters."""
    try:
        block.fit(texts)
    except ValueError:  # scikit-learn's "empty vocabulary"
        return False
    return True
