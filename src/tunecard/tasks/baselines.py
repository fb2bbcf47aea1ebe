"""Answers that need no model: what a score is worth is known only beside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tunecard.errors import DataError
from tunecard.metrics.entities import OUTSIDE
from tunecard.rows.dataset import Split

MAJORITY = "majority"
# What a reader calls the controls: the same rows learned from in another way, by the same loop.
CONTROLS = {"full": "full fine-tuning", "head": "frozen encoder with a trained head"}


@dataclass(frozen=True)
class Baseline:
    """A predictor without a model.

    Attributes:
        name: in file names and record ids.
        title: what a reader calls it, inside a sentence.
        predict: training rows and the rows of a split to (N,) predictions.
        faults: predictions and `data.train.labels` to what in them this baseline cannot have said.
    """

    name: str
    title: str
    predict: Callable[[Split, Split], list[Any]]
    faults: Callable[[Sequence[Any], Mapping[str, int]], list[str]] = lambda predictions, counts: []


def majority_class(train_labels: Iterable[str | None]) -> str:
    """The most frequent label; of equally frequent ones the first by name. Unlabelled rows do not count.

    Raises: DataError: no row has a label.

    >>> majority_class(["b", "a", "b", None])
    'b'
    """
    counts = Counter(label for label in train_labels if label is not None)
    if not counts:
        raise DataError("the most frequent class needs at least one labelled training row. Got none.")
    return _most_frequent(counts)


@dataclass(frozen=True)
class FrequentTags:
    """Gives each word its most frequent tag in training; O to a word that never came up there.

    Attributes:
        tag_of: word, as written, to tag.
    """

    tag_of: Mapping[str, str]

    def predict(self, tokens: Iterable[Sequence[str]]) -> list[list[str]]:
        """(N,) rows of words to as many rows of tags, repaired to valid IOB2."""
        return [repair_iob2([self.tag_of.get(word, OUTSIDE) for word in row]) for row in tokens]


def frequent_tags(train_tokens: Iterable[Sequence[str]], train_tags: Iterable[Sequence[str] | None]) -> FrequentTags:
    """Learns the frequent-tag baseline. Of equally frequent tags the first by name; unlabelled rows do not count.

    Raises: DataError: no row has tags.
    """
    counts: dict[str, Counter[str]] = {}
    for words, tags in zip(train_tokens, train_tags, strict=True):
        for word, tag in zip(words, tags or [], strict=False):
            counts.setdefault(word, Counter())[tag] += 1
    if not counts:
        raise DataError("the frequent-tag baseline needs at least one labelled training row. Got none.")
    return FrequentTags({word: _most_frequent(tags) for word, tags in counts.items()})


def repair_iob2(tags: Sequence[str]) -> list[str]:
    """An I-X that continues no X becomes B-X, so that it counts as a guess rather than as nothing.

    >>> repair_iob2(["I-DNA", "I-DNA", "I-RNA", "O", "I-RNA"])
    ['B-DNA', 'I-DNA', 'B-RNA', 'O', 'B-RNA']
    """
    repaired: list[str] = []
    previous = OUTSIDE
    for tag in tags:
        is_stray = tag.startswith("I-") and previous[2:] != tag[2:]
        repaired.append("B-" + tag[2:] if is_stray else tag)
        previous = tag
    return repaired


def _most_frequent(counts: Counter[str]) -> str:
    return min(counts, key=lambda name: (-counts[name], name))
