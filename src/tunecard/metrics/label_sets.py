"""Scores of a set of labels a row, from counts: matched, predicted and gold rows of each of K labels, and whole rows.

The convention where a quotient is 0 / 0: a row whose given and predicted set are both empty is answered rightly (F1 1);
a label that is neither given nor predicted in any row has no F1 and counts in no mean over labels.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tunecard.errors import DataError
from tunecard.metrics.counts import Floats, RowCounts, f1_of, ratio

OF_ROWS = 3  # columns behind the 3 K of labels: the F1 of the row, whether it is right, and 1
ROW_F1, IS_RIGHT, ROWS = -3, -2, -1


def has_labels(rows: Sequence[Sequence[str]], labels: Sequence[str]) -> NDArray[np.bool_]:
    """(N, K) whether each row has each label. Raises: DataError: a name that is not one of `labels`."""
    ids = {label: index for index, label in enumerate(labels)}
    found = np.zeros((len(rows), len(labels)), dtype=bool)
    try:
        for row, names in enumerate(rows):
            found[row, [ids[name] for name in names]] = True
    except (KeyError, TypeError) as error:
        raise DataError(f"label {error.args[0]!r} is not one of {len(labels)} labels.") from error
    return found


def label_set_counts(
    gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]], labels: Sequence[str]
) -> RowCounts:
    """Counts a row, (N, 3 K + 3): of each label matched, predicted and gold; the row's F1, whether it is right, and 1.

    Raises: DataError: numbers of rows differ, or a name that is not one of `labels`.
    """
    if len(gold) != len(predicted):
        raise DataError(f"gold and predicted labels have as many rows. Got {len(gold)} and {len(predicted)}.")
    given, said = has_labels(gold, labels), has_labels(predicted, labels)
    both = given & said
    named = said.sum(axis=1) + given.sum(axis=1)
    of_row = np.where(named == 0, 1.0, 2.0 * both.sum(axis=1) / np.maximum(named, 1))
    is_right = (given == said).all(axis=1)
    return RowCounts.from_rows(np.column_stack([both, said, given, of_row, is_right, np.ones(len(given))]))


def split_sets(totals: Floats) -> tuple[Floats, Floats, Floats]:
    """Matched, predicted and gold rows of each label, three times (..., K)."""
    labels = (totals.shape[-1] - OF_ROWS) // 3
    return totals[..., :labels], totals[..., labels : 2 * labels], totals[..., 2 * labels : 3 * labels]


def pooled(totals: Floats) -> tuple[Floats, Floats, Floats]:
    """Matched, predicted and gold labels of all rows, three times (...,)."""
    matched, predicted, gold = split_sets(totals)
    return matched.sum(axis=-1), predicted.sum(axis=-1), gold.sum(axis=-1)


def micro_f1(totals: Floats) -> Floats:
    """F1 over all labels of all rows; NaN where none is given and none predicted.

    scikit-learn's `f1_score(gold, predicted, average="micro")`.

    >>> round(float(micro_f1(label_set_counts([["a"], ["a", "b"]], [["a"], ["b", "c"]], "abc").totals())), 3)
    0.667
    """
    return f1_of(*pooled(totals))


def micro_precision(totals: Floats) -> Floats:
    """Of the labels that are predicted, the share that is given; NaN where none is predicted."""
    matched, predicted, _ = pooled(totals)
    return ratio(matched, predicted)


def micro_recall(totals: Floats) -> Floats:
    """Of the labels that are given, the share that is predicted; NaN where none is given."""
    matched, _, gold = pooled(totals)
    return ratio(matched, gold)


def label_macro_f1(totals: Floats) -> Floats:
    """Mean F1 over the labels that are given or predicted somewhere; NaN where none is.

    scikit-learn's `f1_score(gold, predicted, average="macro", zero_division=numpy.nan)`.
    """
    scores = f1_of(*split_sets(totals))  # (..., K)
    is_there = np.isfinite(scores)
    return ratio(np.where(is_there, scores, 0.0).sum(axis=-1), is_there.sum(axis=-1).astype(np.float64))


def samples_f1(totals: Floats) -> Floats:
    """Mean over rows of the F1 of the row; NaN without rows.

    scikit-learn's `f1_score(gold, predicted, average="samples", zero_division=1.0)`.
    """
    return ratio(totals[..., ROW_F1], totals[..., ROWS])


def subset_accuracy(totals: Floats) -> Floats:
    """Share of rows whose every label is right, and no other predicted; NaN without rows."""
    return ratio(totals[..., IS_RIGHT], totals[..., ROWS])


def wrong_decisions(totals: Floats) -> tuple[Floats, Floats]:
    """Labels that are given and not predicted, or the other way round, and the labels of all rows, (...,) each."""
    matched, predicted, gold = pooled(totals)
    labels = (totals.shape[-1] - OF_ROWS) // 3
    return predicted + gold - 2 * matched, totals[..., ROWS] * labels


def hamming_loss(totals: Floats) -> Floats:
    """Share of all label decisions that are wrong; NaN without rows. scikit-learn's `hamming_loss`."""
    return ratio(*wrong_decisions(totals))


def only_label(totals: Floats, index: int) -> Floats:
    """The counts of one label alone, (..., 3 K + 3) to (..., 3): matched, predicted, gold."""
    labels = (totals.shape[-1] - OF_ROWS) // 3
    return np.asarray(totals[..., [index, labels + index, 2 * labels + index]], dtype=np.float64)
