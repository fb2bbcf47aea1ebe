"""Scores of one class a row, from counts: matched, predicted and gold rows of each of K classes, (..., 3 K)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tunecard.errors import DataError
from tunecard.metrics.counts import Floats, Ints, RowCounts, f1_of, ratio
from tunecard.metrics.reliability import calibration_error, gaps_by_bin

SUM_TOLERANCE = 1e-3


def class_counts(gold: Sequence[str], predicted: Sequence[str], labels: Sequence[str]) -> RowCounts:
    """Counts a row, (N, 3 K): a 1 for the gold class, one for the predicted, and one where they are the same.

    Raises: DataError: numbers of rows differ, or a name that is not one of `labels`.
    """
    if len(gold) != len(predicted):
        raise DataError(f"gold and predicted labels have as many rows. Got {len(gold)} and {len(predicted)}.")
    classes = len(labels)
    pairs, group = np.unique(label_ids(gold, labels) * classes + label_ids(predicted, labels), return_inverse=True)
    truth, guess = np.divmod(pairs, classes)
    values = np.zeros((len(pairs), 3 * classes))
    at = np.arange(len(pairs))
    values[at, truth] = truth == guess
    values[at, classes + guess] = 1
    values[at, 2 * classes + truth] = 1
    return RowCounts(values, group.reshape(-1).astype(np.int64))


def label_ids(names: Sequence[str], labels: Sequence[str]) -> Ints:
    """(N,) ids of names. Raises: DataError: a name that is not one of `labels`."""
    ids = {label: index for index, label in enumerate(labels)}
    try:
        return np.array([ids[name] for name in names], dtype=np.int64)
    except (KeyError, TypeError) as error:
        raise DataError(f"label {error.args[0]!r} is not one of {len(labels)} labels.") from error


def accuracy(totals: Floats) -> Floats:
    """Share of rows whose class is right; (..., 3 K) counts to (...,). NaN without rows."""
    matched, _, gold = split_counts(totals)
    return ratio(matched.sum(axis=-1), gold.sum(axis=-1))


def macro_f1(totals: Floats) -> Floats:
    """Mean F1 over the classes that are in the gold or the predicted labels; (..., 3 K) counts to (...,).

    A class in only one of the two has F1 0; a class in neither does not count. This is scikit-learn's
    `f1_score(gold, predicted, average="macro", zero_division=0)`. NaN without rows.

    >>> round(float(macro_f1(class_counts(["a", "a", "b"], ["a", "b", "b"], ["a", "b", "c"]).totals())), 3)
    0.667
    """
    matched, predicted, gold = split_counts(totals)
    scores = f1_of(matched, predicted, gold)  # (..., K), NaN for a class in neither
    is_present = np.isfinite(scores)
    return ratio(np.where(is_present, scores, 0.0).sum(axis=-1), is_present.sum(axis=-1).astype(np.float64))


def matthews_correlation(totals: Floats) -> Floats:
    """Matthews' correlation for K classes, in [-1, 1]; (..., 3 K) counts to (...,).

    NaN when all gold or all predicted labels are the same class (scikit-learn prints 0 there): a model that always
    answers the same has no correlation to speak of.
    Source: Gorodkin 2004, as in scikit-learn `matthews_corrcoef`.
    """
    matched, predicted, gold = split_counts(totals)
    rows = gold.sum(axis=-1)
    covariance = matched.sum(axis=-1) * rows - (predicted * gold).sum(axis=-1)
    spread = (rows**2 - (predicted**2).sum(axis=-1)) * (rows**2 - (gold**2).sum(axis=-1))
    return ratio(covariance, np.sqrt(spread))


def class_precision(totals: Floats, index: int) -> Floats:
    """Share of the rows predicted as class `index` that are of it; NaN when none is predicted."""
    matched, predicted, _ = split_counts(totals)
    return ratio(matched[..., index], predicted[..., index])


def class_recall(totals: Floats, index: int) -> Floats:
    """Share of the rows of class `index` that are predicted as it; NaN when there is none."""
    matched, _, gold = split_counts(totals)
    return ratio(matched[..., index], gold[..., index])


def class_f1(totals: Floats, index: int) -> Floats:
    """F1 of class `index`; NaN when it is neither in the gold nor the predicted labels."""
    matched, predicted, gold = split_counts(totals)
    return f1_of(matched[..., index], predicted[..., index], gold[..., index])


def only_class(totals: Floats, index: int) -> Floats:
    """The counts of one class alone, (..., 3 K) to (..., 3)."""
    classes = totals.shape[-1] // 3
    return np.asarray(totals[..., [index, classes + index, 2 * classes + index]], dtype=np.float64)


def split_counts(totals: Floats) -> tuple[Floats, Floats, Floats]:
    """Matched, predicted and gold rows of each class, three times (..., K)."""
    classes = totals.shape[-1] // 3
    return totals[..., :classes], totals[..., classes : 2 * classes], totals[..., 2 * classes :]


def confusion(gold: Sequence[str], predicted: Sequence[str], labels: Sequence[str]) -> Ints:
    """(K, K) rows by gold (rows) and predicted (columns) class. Raises: DataError: an unknown name."""
    classes = len(labels)
    flat = np.bincount(label_ids(gold, labels) * classes + label_ids(predicted, labels), minlength=classes**2)
    return flat.reshape(classes, classes)


def expected_calibration_error(probabilities: Floats, labels: Ints, *, bins: int = 15) -> float:
    """Mean gap between confidence and accuracy over equal-mass bins.

    Rows with the same confidence stay in one bin, so that the order of the rows has no say.

    Args:
        probabilities: (N, K) class probabilities; rows sum to 1.
        labels: (N,) class ids in [0, K).
    Returns: ECE in [0, 1]; 0.03 is three points off on average.
    Raises: DataError: N is 0 or a row does not sum to 1.
    Source: Guo et al. 2017, arXiv:1706.04599, section 2; equal mass: Nixon et al. 2019, arXiv:1904.01685.

    >>> expected_calibration_error(np.array([[0.75, 0.25]] * 4), np.array([0, 0, 1, 1]))
    0.25
    """
    confidence, is_right = top_class(probabilities, labels)
    gaps = gaps_by_bin(confidence, is_right, bins).sum(axis=0)
    return float(calibration_error(gaps, np.array(float(len(confidence)))))


def top_class(probabilities: Floats, labels: Ints) -> tuple[Floats, NDArray[np.bool_]]:
    """(N,) the probability of the likeliest class of each row, and (N,) whether that class is the gold one.

    Raises: DataError: N is 0 or a row does not sum to 1.
    """
    _check_probabilities(probabilities)
    return probabilities.max(axis=1), probabilities.argmax(axis=1) == labels


def brier_rows(probabilities: Floats, labels: Ints) -> Floats:
    """(N,) squared distance of the probabilities from the gold class, summed over classes, in [0, 2].

    The Brier score is their mean.
    Raises: DataError: N is 0 or a row does not sum to 1.
    Source: Brier 1950; scikit-learn `brier_score_loss(scale_by_half=False)`.

    >>> brier_rows(np.array([[0.8, 0.2]]), np.array([0])).round(2)
    array([0.08])
    """
    _check_probabilities(probabilities)
    target = np.zeros_like(probabilities)
    target[np.arange(len(labels)), labels] = 1.0
    return np.asarray(((probabilities - target) ** 2).sum(axis=1), dtype=np.float64)


def _check_probabilities(probabilities: NDArray[np.float64]) -> None:
    if len(probabilities) == 0:
        raise DataError("calibration needs at least one row. Got 0.")
    wrong = np.flatnonzero(np.abs(probabilities.sum(axis=1) - 1.0) > SUM_TOLERANCE)
    if len(wrong):
        row = int(wrong[0])
        raise DataError(f"row {row}: probabilities must sum to 1. Got {probabilities[row].sum():.4f}.")
