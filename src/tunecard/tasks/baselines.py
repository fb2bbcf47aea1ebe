"""Simple things on the same rows: what a score is worth is known only beside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tunecard.errors import DataError
from tunecard.metrics.entities import OUTSIDE
from tunecard.rows.dataset import Split
from tunecard.rows.vectors import FrozenVectors

MAJORITY = "majority"
FOLDS = 5
# What a reader calls the controls: the same rows learned from in another way, by the same loop.
CONTROLS = {"full": "full fine-tuning", "head": "frozen encoder with a trained head"}
# And the adapter itself, where its base is stored as it was while it learned.
IN_INT8 = "int8-products"
STORED_BASES = {
    **{kind: f"this adapter on the {kind} base that it was trained on" for kind in ("int8", "nf4", "float8")},
    IN_INT8: "this adapter with the products in int8 that it was trained with",
}


@dataclass(frozen=True)
class Lesson:
    """What a baseline learns from, and what it answers to.

    Attributes:
        labels: of the task, in id order.
        train: labelled rows.
        splits: the splits to answer, by name; a labelled `validation` among them may choose settings.
        vectors: of `train` and of every split to answer, where the base was read; else empty.
    """

    labels: tuple[str, ...]
    train: Split
    splits: Mapping[str, Split]
    vectors: Mapping[str, FrozenVectors] = field(default_factory=dict)

    @property
    def held(self) -> Split | None:
        """The rows that may choose settings."""
        split = self.splits.get("validation")
        return split if split is not None and split.is_labelled else None


@dataclass(frozen=True)
class Fit:
    """How a baseline was fitted.

    Attributes:
        settings: what was chosen, by what and how well, as its record holds it.
        learned: examples that it learned from.
        method: the same in words, and what was left out.
    """

    settings: Mapping[str, Any]
    learned: int
    method: str


@dataclass(frozen=True)
class Answers:
    """What a baseline says to each split: (N,) predictions; or in `reason` why it can say nothing."""

    predictions: Mapping[str, list[Any]]
    fit: Fit | None = None
    reason: str = ""


@dataclass(frozen=True)
class Baseline:
    """A simple thing that a useful adapter beats.

    Attributes:
        name: in file names and record ids.
        title: what a reader calls it, inside a sentence behind `article`.
        does: how it answers, a sentence's end.
        answer: what it makes of a lesson.
        is_fitted: it is a fitted model: another machine may come to another answer in a few rows.
        reads_vectors: it needs those of the frozen base.
        within: what it answers to the rows of one split by folds of these same rows, where there is no training split;
            None where that would need more than rows and labels.
        faults: predictions and `data.train.labels` to what in them this baseline cannot have said.
    """

    name: str
    title: str
    answer: Callable[[Lesson], Answers]
    article: str = "the "
    does: str = ""
    is_fitted: bool = False
    reads_vectors: bool = False
    within: Callable[[Split], list[Any]] | None = None
    faults: Callable[[Sequence[Any], Mapping[str, int]], list[str]] = lambda predictions, counts: []


def split_by_split(predict: Callable[[Split, Split], list[Any]]) -> Callable[[Lesson], Answers]:
    """A baseline's answer from what it says to one split, given the training rows."""
    return lambda lesson: Answers({name: predict(lesson.train, split) for name, split in lesson.splits.items()})


def fold_by_fold(predict: Callable[[Split, Split], list[Any]]) -> Callable[[Split], list[Any]]:
    """What a baseline says to a split that it has nothing else to learn from: every fifth row by the other four fifths.

    Fold k holds rows k, k + 5, k + 10, ...: no draw decides, and a file sorted by label is parted evenly. A split of
    one row is answered with nothing.
    """

    def answer(split: Split) -> list[Any]:
        said: dict[int, Any] = {}
        for first in range(min(FOLDS, len(split)) if len(split) > 1 else 0):
            held = list(range(first, len(split), FOLDS))
            others = [place for place in range(len(split)) if place % FOLDS != first]
            said |= dict(zip(held, predict(split.take(others), split.take(held)), strict=True))
        return [said[place] for place in sorted(said)]

    return answer


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


def most_frequent_tags(
    train_tokens: Iterable[Sequence[str]],
    train_tags: Sequence[Sequence[str] | None],
    tokens: Iterable[Sequence[str]],
) -> list[list[str]]:
    """Gives each word its most frequent tag in training, and the most frequent of all to a word that is not there.

    Raises: DataError: no row has tags.
    """
    known = frequent_tags(train_tokens, train_tags).tag_of
    most = majority_class([tag for tags in train_tags for tag in tags or []])
    return [[known.get(word, most) for word in row] for row in tokens]


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
