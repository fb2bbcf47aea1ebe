"""Labels that a probe which never saw them doubts: confident learning (Northcutt et al. 2021, arXiv:1911.00068).

The probabilities come from logistic regression on frozen features, cross-validated by rows; cleanlab decides which
given labels they speak against. Neither knows what is right: a suspect label is one to read again, and rows that are
hard for the probe are among them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tunecard.fitting.at_once import at_once, one_thread_each
from tunecard.training.frozen_features import FrozenFeatures
from tunecard.training.linear_probes import fit_logistic, scale_of

FOLDS = 5
# Stronger than where the head starts: a probe that follows every label doubts what is right (docs/log.md).
INVERSE_REGULARISATION = 0.03
FILTER = "low_self_confidence"


@dataclass(frozen=True)
class LabelDoubts:
    """Decisions whose given label is in doubt, the most doubtful first.

    Attributes:
        judged: (J,) indices of the decisions that were judged.
        suspects: (S,) indices of those whose label is in doubt.
        likely: (S,) label ids that the probe holds likeliest instead.
        accuracy: share of the judged decisions that the cross-validated probe gets right.
    """

    judged: np.ndarray
    suspects: np.ndarray
    likely: np.ndarray
    accuracy: float


def doubt_labels(features: FrozenFeatures, seed: int, *, of_tokens: bool) -> LabelDoubts | str:
    """Judges the given labels of frozen features.

    Args:
        of_tokens: several decisions a row: those of one row are held out together.
    Returns: the doubts, or why nothing can be judged.
    """
    judged = np.flatnonzero(np.isin(features.labels, _frequent(features)))
    classes, labels = np.unique(features.labels[judged], return_inverse=True)
    if len(classes) < 2:
        return f"fewer than two labels stand in {FOLDS} rows or more, which a cross-validated probe needs"
    rows = features.rows[judged]
    try:
        probabilities = _cross_validate(features.values[judged], labels, _folds(labels, rows, seed))
        suspects = _find_token_issues(labels, rows, probabilities) if of_tokens else _find_issues(labels, probabilities)
    except ValueError as error:  # a run that has learned does not end because its labels cannot be judged
        return f"the frozen features cannot be judged by scikit-learn and cleanlab: {str(error).splitlines()[0][:200]}"
    best = probabilities.argmax(axis=1)
    return LabelDoubts(judged, judged[suspects], classes[best[suspects]], float((best == labels).mean()))


def doubt_held_labels(learned: FrozenFeatures, held: FrozenFeatures, *, of_tokens: bool) -> LabelDoubts | str:
    """Judges the given labels of `held` by a probe of all that was learned from, which holds none of them.

    Args:
        of_tokens: several decisions a row, which lie end to end.
    Returns: the doubts, as places in `held`, or why nothing can be judged.
    """
    known = _frequent(learned)
    taught, judged = (np.flatnonzero(np.isin(some.labels, known)) for some in (learned, held))
    if len(known) < 2 or len(np.unique(held.labels[judged])) < 2:
        return f"fewer than two of its labels stand in {FOLDS} training rows or more, which a probe needs"
    try:
        probabilities = _probabilities(learned, taught, held.values[judged])
        labels, rows = np.searchsorted(known, held.labels[judged]), held.rows[judged]
        suspects = _find_token_issues(labels, rows, probabilities) if of_tokens else _find_issues(labels, probabilities)
    except ValueError as error:
        return f"the frozen vectors cannot be judged by scikit-learn and cleanlab: {str(error).splitlines()[0][:200]}"
    best = probabilities.argmax(axis=1)
    return LabelDoubts(judged, judged[suspects], known[best[suspects]], float((best == labels).mean()))


def _probabilities(learned: FrozenFeatures, taught: np.ndarray, values: np.ndarray) -> np.ndarray:
    """(J, K) of values by a probe of the decisions `taught`, whose K labels all occur there."""
    scale = scale_of(learned.values[taught])
    with one_thread_each():
        probe = fit_logistic(learned.values[taught] / scale, learned.labels[taught], INVERSE_REGULARISATION)
        found: np.ndarray = probe.predict_proba(values / scale)
    return found


def _frequent(features: FrozenFeatures) -> np.ndarray:
    """Labels that stand in at least FOLDS rows: a rarer one may be unknown to the probe that judges it."""
    pairs = np.unique(np.stack([features.labels, features.rows]), axis=1)
    labels, rows = np.unique(pairs[0], return_counts=True)
    return labels[rows >= FOLDS]


def _folds(labels: np.ndarray, rows: np.ndarray, seed: int) -> np.ndarray:
    """(J,) fold of each decision: rows whole, those of one label (the rarest of the row) spread evenly."""
    counts = np.bincount(labels)
    several, places = np.unique(rows, return_inverse=True)
    rarest = np.full(len(several), counts.max() * len(counts) + len(counts))
    np.minimum.at(rarest, places, counts[labels] * len(counts) + labels)
    order = np.lexsort((np.random.default_rng(seed).permutation(len(several)), rarest))
    folds = np.empty(len(several), dtype=np.int64)
    folds[order] = np.arange(len(several)) % FOLDS
    return np.asarray(folds[places])


def _cross_validate(values: np.ndarray, labels: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """(J, K) probabilities of each decision from the probe that did not see its row."""
    scaled = values / scale_of(values)
    probabilities = np.zeros((len(labels), int(labels.max()) + 1))

    def judge(fold: int) -> None:
        held = folds == fold
        probe = fit_logistic(scaled[~held], labels[~held], INVERSE_REGULARISATION)
        probabilities[np.ix_(held, probe.classes_)] = probe.predict_proba(scaled[held])

    at_once(judge, range(FOLDS), "Looking for suspect labels", "folds")
    return probabilities


def _find_issues(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    from cleanlab.filter import find_label_issues

    found = find_label_issues(
        labels, probabilities, filter_by=FILTER, return_indices_ranked_by="self_confidence", n_jobs=1
    )
    return np.asarray(found, dtype=np.int64)


def _find_token_issues(labels: np.ndarray, rows: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    from cleanlab.token_classification.filter import find_label_issues

    begins = np.flatnonzero(np.diff(rows, prepend=-1))
    nested = [several.tolist() for several in np.split(labels, begins[1:])]
    found = find_label_issues(nested, np.split(probabilities, begins[1:]), filter_by=FILTER, n_jobs=1)
    return np.asarray([begins[row] + word for row, word in found], dtype=np.int64)
