"""What a predictor stated as probabilities, and what came true: of whole rows, or of words.

Of tags, the unit is the predicted entity with the lowest probability of its words, as `predict` reports it: most words
are outside every entity and near certain, so that a figure over words would flatter. The Brier score is over words, for
it needs a probability for every tag and an answer that does not depend on what was predicted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tunecard.errors import DataError
from tunecard.evidence import Predictions
from tunecard.evidence.probabilities import FlatProbabilities
from tunecard.metrics.classification import brier_rows, label_ids, top_class
from tunecard.metrics.counts import Floats, Ints
from tunecard.metrics.entities import entity_types, predicted_entities


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
    return Confidence(stated, is_right, row, brier_rows(probabilities, gold), row, "rows", "rows")


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
    of_word = np.full(len(row), np.inf)  # an unseen word leaves an entity's probability to its other words
    of_word[is_known] = values[np.arange(len(said)), said]
    begin, end, is_right = predicted_entities(*sides, entity_types(labels))
    stated = np.array([of_word[a:b].min() for a, b in zip(begin.tolist(), end.tolist(), strict=True)], dtype=np.float64)
    has = np.isfinite(stated)
    brier = brier_rows(values, gold) if len(gold) else np.zeros(0)
    return Confidence(
        stated[has],
        is_right[has],
        row[begin[has]],
        brier,
        row[is_known],
        "predicted entities",
        "words",
        "an entity's probability is the lowest of its words'",
        "undefined: no entity was predicted",
    )


def _check_width(flat: FlatProbabilities, labels: Sequence[str], item: str) -> None:
    if flat.values.shape[0] and flat.values.shape[1] != len(labels):
        raise DataError(f"each {item} must have {len(labels)} probabilities.")
