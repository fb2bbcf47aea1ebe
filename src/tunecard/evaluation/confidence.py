"""What a predictor stated as probabilities, and what came true, for each kind of task.

Of tags, the unit is the predicted entity with the lowest probability of its words, as `predict` reports it: most words
are outside every entity and near certain, so that a figure over words would flatter. The Brier score is over words, for
it needs a probability for every tag and an answer that does not depend on what was predicted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tunecard.errors import DataError
from tunecard.evaluation.scored import Scored
from tunecard.evidence.probabilities import FlatProbabilities
from tunecard.metrics.classification import brier_rows, label_ids, top_class
from tunecard.metrics.counts import Floats, Ints
from tunecard.metrics.entities import predicted_entities
from tunecard.tasks.scoring import TEXT_TASK, Scoring


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
    """

    stated: Floats
    is_right: NDArray[np.bool_]
    row: Ints
    brier: Floats
    brier_row: Ints
    answers: str
    items: str


def confidence_of(flat: FlatProbabilities, scoring: Scoring, adapter: Scored) -> Confidence:
    """The stated probabilities of a predictions file beside its gold labels.

    Raises: DataError: probabilities do not fit the labels or the words, or do not sum to 1.
    """
    if flat.values.shape[0] and flat.values.shape[1] != len(scoring.labels):
        raise DataError(f"each {_item(scoring)} must have {len(scoring.labels)} probabilities.")
    return _of_rows(flat, scoring, adapter) if scoring.kind == TEXT_TASK else _of_words(flat, scoring, adapter)


def _item(scoring: Scoring) -> str:
    return "row" if scoring.kind == TEXT_TASK else "word"


def _of_rows(flat: FlatProbabilities, scoring: Scoring, adapter: Scored) -> Confidence:
    if not flat.is_known.all():
        raise DataError(f"each row must have {len(scoring.labels)} probabilities.")
    gold = label_ids(adapter.predictions.labels, scoring.labels)
    probabilities = flat.values[adapter.places]
    stated, is_right = top_class(probabilities, gold)
    row = np.arange(len(gold))
    return Confidence(stated, is_right, row, brier_rows(probabilities, gold), row, "rows", "rows")


def _of_words(flat: FlatProbabilities, scoring: Scoring, adapter: Scored) -> Confidence:
    rows = adapter.predictions
    lengths = np.array([len(tags) for tags in rows.labels], dtype=np.int64)
    if not np.array_equal(lengths, np.diff(flat.starts)[adapter.places]):
        raise DataError("each word must have a list of probabilities, or null.")
    row = np.repeat(np.arange(len(lengths)), lengths)  # (W,) over the labelled rows, end to end
    within = np.arange(len(row)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    place = flat.starts[adapter.places][row] + within  # (W,) of the file's items
    is_known, value = flat.is_known[place], (np.cumsum(flat.is_known) - 1)[place]
    tags = [np.array([tag for one in side for tag in one], dtype=object) for side in (rows.labels, rows.predictions)]
    gold, said = (label_ids(side[is_known].tolist(), scoring.labels) for side in tags)
    values = flat.values[value[is_known]]
    of_word = np.full(len(row), np.inf)  # an unseen word leaves an entity's probability to its other words
    of_word[is_known] = values[np.arange(len(said)), said]
    begin, end, is_right = predicted_entities(rows.labels, rows.predictions, scoring.parts)
    stated = np.array([of_word[a:b].min() for a, b in zip(begin.tolist(), end.tolist(), strict=True)], dtype=np.float64)
    has = np.isfinite(stated)
    brier = brier_rows(values, gold) if len(gold) else np.zeros(0)
    return Confidence(stated[has], is_right[has], row[begin[has]], brier, row[is_known], "predicted entities", "words")
