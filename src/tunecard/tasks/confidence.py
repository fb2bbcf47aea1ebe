"""What a predictor stated as probabilities, and what came true: of whole rows, or of words.

Of tags, the unit is the predicted entity with the probability that `predict` reports: most words are outside every
entity and near certain, so that a figure over words would flatter. The Brier score is over words, for
it needs a probability for every tag and an answer that does not depend on what was predicted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.errors import DataError
from tunecard.evidence import Predictions
from tunecard.evidence.probabilities import FlatProbabilities
from tunecard.metrics.classification import brier_rows, label_ids, top_class
from tunecard.metrics.counts import Floats, Ints
from tunecard.metrics.entities import entity_probability, entity_types, predicted_entities, strict_spans
from tunecard.metrics.label_sets import has_labels


def softmax(logits: np.ndarray) -> np.ndarray:
    """Softmax over the last axis in float64, so that rows sum to 1 after rounding to float32."""
    shifted = np.exp(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))


@dataclass(frozen=True)
class Confidence:
    """Stated probabilities of the labelled rows of one split.

    Attributes:
        stated: (E,) the probability of each answer: of a row's class, or of a predicted entity.
        is_right: (E,) whether the answer is right.
        row: (E,) the labelled row that it belongs to.
        brier: (I,) Brier's squared distance of each row, or of each word that was seen.
        brier_row: (I,) the labelled row that it belongs to.
        answers, items: what E and I count, in the plural.
        stated_as: how an answer's probability comes from those of its items; "" where it is one item's.
        nothing: why there is no answer, where E is 0.
        told: of the answer at a place what is right and what was given, by names of labels; nothing where that would
            be words of the data.
    """

    stated: Floats
    is_right: NDArray[np.bool_]
    row: Ints
    brier: Floats
    brier_row: Ints
    answers: str
    items: str
    stated_as: str = ""
    nothing: str = "undefined: no rows"
    told: Callable[[int], dict[str, Any]] = lambda place: {}


def confidence_of_rows(
    flat: FlatProbabilities, predictions: Predictions, places: Ints, labels: Sequence[str]
) -> Confidence:
    """Of one class a row.

    Args:
        places: (N,) of the labelled rows in the file.
    Raises: DataError: probabilities do not fit the labels, or do not sum to 1.
    """
    _check_width(flat, labels, "row")
    if not flat.is_known.all():
        raise DataError(f"each row must have {len(labels)} probabilities.")
    gold = label_ids(predictions.labels, labels)
    probabilities = flat.values[places]
    stated, is_right = top_class(probabilities, gold)
    row = np.arange(len(gold))

    def told(place: int) -> dict[str, Any]:
        return {"right": predictions.labels[place], "given": predictions.predictions[place]}

    return Confidence(stated, is_right, row, brier_rows(probabilities, gold), row, "rows", "rows", told=told)


def confidence_of_label_sets(
    flat: FlatProbabilities, predictions: Predictions, places: Ints, labels: Sequence[str]
) -> Confidence:
    """Of several labels a row: the answers are the labels that were predicted, for most of the others are certain not
    to be there and would flatter. The Brier score is over all label decisions.

    Raises: DataError: probabilities do not fit the labels.
    """
    _check_width(flat, labels, "row")
    if not flat.is_known.all():
        raise DataError(f"each row must have {len(labels)} probabilities.")
    gold, said = has_labels(predictions.labels, labels), has_labels(predictions.predictions, labels)
    probabilities = flat.values[places].reshape(gold.shape)
    row, label = np.nonzero(said)
    squares = 2 * (probabilities - gold) ** 2  # yes and no are both off by as much

    def told(place: int) -> dict[str, Any]:
        right = [str(name) for name in predictions.labels[int(row[place])]]
        return {"right": ", ".join(right) or "none", "given": labels[int(label[place])]}

    return Confidence(
        probabilities[row, label],
        gold[row, label],
        row,
        squares.reshape(-1),
        np.repeat(np.arange(len(gold)), gold.shape[1]),
        "predicted labels",
        "label decisions",
        "",
        "undefined: no label was predicted",
        told,
    )


def confidence_of_words(
    flat: FlatProbabilities, predictions: Predictions, places: Ints, labels: Sequence[str]
) -> Confidence:
    """Of IOB2 tags, one a word.

    Args:
        places: (N,) of the labelled rows in the file.
    Raises: DataError: probabilities do not fit the labels or the words, or do not sum to 1.
    """
    _check_width(flat, labels, "word")
    lengths = np.array([len(tags) for tags in predictions.labels], dtype=np.int64)
    if not np.array_equal(lengths, np.diff(flat.starts)[places]):
        raise DataError("each word must have a list of probabilities, or null.")
    row = np.repeat(np.arange(len(lengths)), lengths)  # (W,) over the labelled rows, end to end
    within = np.arange(len(row)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    place = flat.starts[places][row] + within  # (W,) of the file's items
    is_known, value = flat.is_known[place], (np.cumsum(flat.is_known) - 1)[place]
    sides = (predictions.labels, predictions.predictions)
    tags = [np.array([tag for one in side for tag in one], dtype=object) for side in sides]
    gold, said = (label_ids(side[is_known].tolist(), labels) for side in tags)
    values = flat.values[value[is_known]]
    begin, end, is_right = predicted_entities(*sides, entity_types(labels))
    inside = {name[2:]: number for number, name in enumerate(labels) if name.startswith("I-")}
    of_type = np.array([inside.get(tag[2:], -1) for tag in tags[1][begin]], dtype=np.int64)
    stated, has = _Words(row, is_known, values, said).entities(begin, end, of_type)
    brier = brier_rows(values, gold) if len(gold) else np.zeros(0)
    first, last, kept = within[begin[has]], within[end[has] - 1], row[begin[has]]

    def told(place: int) -> dict[str, Any]:
        a, b, one = int(first[place]), int(last[place]), int(kept[place])
        right = [f"{kind} {p} to {q - 1}" for kind, p, q in strict_spans(predictions.labels[one]) if p <= b and q > a]
        given = predictions.predictions[one][a][2:]
        return {"words": f"{a} to {b}", "right": ", ".join(right) or "none", "given": given}

    return Confidence(
        stated[has],
        is_right[has],
        row[begin[has]],
        brier,
        row[is_known],
        "predicted entities",
        "words",
        "an entity's probability is that of all of its tags and of ending there, words taken as independent",
        "undefined: no entity was predicted",
        told,
    )


def confidence_of_word_tags(
    flat: FlatProbabilities, predictions: Predictions, places: Ints, labels: Sequence[str]
) -> Confidence:
    """Of one tag a word; words that were cut off state nothing.

    Raises: DataError: probabilities do not fit the labels or the words, or do not sum to 1.
    """
    _check_width(flat, labels, "word")
    lengths = np.array([len(tags) for tags in predictions.labels], dtype=np.int64)
    if not np.array_equal(lengths, np.diff(flat.starts)[places]):
        raise DataError("each word must have a list of probabilities, or null.")
    row = np.repeat(np.arange(len(lengths)), lengths)
    within = np.arange(len(row)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    place = flat.starts[places][row] + within
    is_known, value = flat.is_known[place], (np.cumsum(flat.is_known) - 1)[place]
    within = within[is_known]
    every = np.array([tag for tags in predictions.labels for tag in tags], dtype=object)
    gold, values, row = label_ids(every[is_known].tolist(), labels), flat.values[value[is_known]], row[is_known]
    if not len(gold):
        nothing = np.zeros(0)
        return Confidence(nothing, nothing > 0, row, nothing, row, "words", "words", "", "undefined: no word was read")
    stated, is_right = top_class(values, gold)

    def told(place: int) -> dict[str, Any]:
        one, word = int(row[place]), int(within[place])
        return {"word": word, "right": predictions.labels[one][word], "given": predictions.predictions[one][word]}

    return Confidence(stated, is_right, row, brier_rows(values, gold), row, "words", "words", told=told)


@dataclass(frozen=True)
class _Words:
    """The words of all labelled rows, end to end.

    Attributes:
        row: (W,) the row of each.
        is_known: (W,) whether it was seen.
        values: (V, K) the probabilities of those that were.
        said: (V,) the tags that were predicted for them.
    """

    row: Ints
    is_known: NDArray[np.bool_]
    values: Floats
    said: Ints

    def entities(self, begin: Ints, end: Ints, inside: Ints) -> tuple[Floats, NDArray[np.bool_]]:
        """(E,) the probability of each, and (E,) whether a word of it was seen: it is left to those that were.

        Args:
            begin, end: (E,) the first word, and the word after the last.
            inside: (E,) the I tag of the type; -1 where the task has none.
        """
        seen_before = np.concatenate([[0], np.cumsum(self.is_known)])
        first, last = seen_before[begin], seen_before[end]
        of_tags = self.values[np.arange(len(self.said)), self.said]
        stated = [
            entity_probability(of_tags[a:b].tolist(), on)
            for a, b, on in zip(first.tolist(), last.tolist(), self._goes_on(begin, end, inside).tolist(), strict=True)
        ]
        return np.array(stated, dtype=np.float64), last > first

    def _goes_on(self, begin: Ints, end: Ints, inside: Ints) -> Floats:
        """(E,) the probability that the word after each has the I tag of its type; 0 where no word is seen there."""
        after = np.minimum(end, len(self.row) - 1)
        is_same_row = (end < len(self.row)) & (self.row[after] == self.row[begin])
        follows = is_same_row & self.is_known[after] & (inside >= 0)
        place = (np.cumsum(self.is_known) - 1)[after]
        found = np.zeros(len(begin))
        found[follows] = self.values[place[follows], inside[follows]]
        return found


def _check_width(flat: FlatProbabilities, labels: Sequence[str], item: str) -> None:
    if flat.values.shape[0] and flat.values.shape[1] != len(labels):
        raise DataError(f"each {item} must have {len(labels)} probabilities.")
