"""Texts as TF-IDF: words one and two at a time, and runs of two to five characters inside words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

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
    Attributes:
        learned: (N, D) sparse float32 features of these rows, as calling it with them gives, without counting twice.
    Raises: ValueError: the texts hold nothing that could be counted.
    """

    def __init__(self, inputs: Mapping[str, Sequence[str]], outputs: int) -> None:
        most = max(1, min(MAX_FEATURES, MAX_COEFFICIENTS // outputs))
        blocks = [
            (column, block)
            for column, texts in inputs.items()
            for settings in (WORDS, CHARACTERS)
            if (block := _learn(texts, most, settings)) is not None
        ]
        if not blocks:
            raise ValueError("the texts hold no words and no characters to count")
        self._blocks = [(column, block.features) for column, block in blocks]
        self.learned = _side_by_side([block.learned for _, block in blocks])

    def __call__(self, inputs: Mapping[str, Sequence[str]]) -> Any:
        """(N, D) sparse float32 features of rows with the same columns."""
        return _side_by_side([features(inputs[column]) for column, features in self._blocks])


class _Block(NamedTuple):
    """What a block makes of texts, and what it made of those that it learned from."""

    features: Callable[[Sequence[str]], Any]
    learned: Any


def _learn(texts: Sequence[str], most: int, settings: Mapping[str, Any]) -> _Block | None:
    """A block; None where no text has what it counts, such as words of two letters."""
    from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

    counter = CountVectorizer(max_features=most, dtype=np.float32, **settings)
    weights = TfidfTransformer(sublinear_tf=True)
    try:
        counts = counter.fit_transform(texts)
    except ValueError:  # scikit-learn's "empty vocabulary"
        return None
    counts.sort_indices()  # as in texts that are only counted: a row's length is summed in this order
    learned = weights.fit_transform(counts)
    return _Block(lambda others: weights.transform(counter.transform(others), copy=False), learned)


def _side_by_side(blocks: Sequence[Any]) -> Any:
    from scipy.sparse import hstack

    return hstack(blocks, format="csr")
