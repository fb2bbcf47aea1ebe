"""From which probability on a label is given: chosen on rows that were not learned from, one for all or one a label.

One for all is what micro F1 asks for where probabilities are calibrated. Labels have thresholds of their own, where
enough rows have them, only if that gives the better micro F1 on folds of the choosing rows that did not choose
(docs/decisions/0019-thresholds.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tunecard.metrics.counts import Floats

EVEN = 0.5  # as stock code has it: the likelier of yes and no
LEAST_POSITIVES = 20  # rows with a label, for a threshold of its own
FOLDS = 5


@dataclass(frozen=True)
class Thresholds:
    """What was chosen.

    Attributes:
        values: (K,) one a label.
        own: how many labels have one of their own; 0 where one serves all.
    """

    values: tuple[float, ...]
    own: int = 0


def tune_thresholds(probabilities: Floats, gold: NDArray[np.bool_]) -> Thresholds:
    """The thresholds by the rule of this file.

    Args:
        probabilities: (N, K).
        gold: (N, K) whether each row has each label.
    """
    if not len(gold):
        return Thresholds((EVEN,) * gold.shape[1])
    folds = np.arange(len(gold)) % FOLDS
    said = {own: np.zeros(gold.shape, dtype=bool) for own in (False, True)}
    for fold in range(min(FOLDS, len(gold)) if len(gold) > 1 else 0):
        held = folds == fold
        for own, answers in said.items():
            answers[held] = probabilities[held] >= _chosen(probabilities[~held], gold[~held], own=own)
    own = _micro_f1(said[True], gold) > _micro_f1(said[False], gold)
    values = _chosen(probabilities, gold, own=own)
    return Thresholds(tuple(values.tolist()), int(_is_frequent(gold).sum()) if own else 0)


def _chosen(probabilities: Floats, gold: NDArray[np.bool_], *, own: bool) -> Floats:
    """(K,) the threshold of all labels; with `own` that of each frequent one."""
    values = np.full(gold.shape[1], best_threshold(probabilities.reshape(-1), gold.reshape(-1)))
    for label in np.flatnonzero(_is_frequent(gold)) if own else ():
        values[label] = best_threshold(probabilities[:, label], gold[:, label])
    return values


def _is_frequent(gold: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.asarray(gold.sum(axis=0) >= LEAST_POSITIVES)


def _micro_f1(said: NDArray[np.bool_], gold: NDArray[np.bool_]) -> float:
    return 2.0 * float((said & gold).sum()) / max(int(said.sum() + gold.sum()), 1)


def best_threshold(probabilities: Floats, gold: NDArray[np.bool_]) -> float:
    """The threshold, halfway between two probabilities, from which on F1 is best; 0.5 where nothing is positive.

    Of several that are equally good the one that gives the fewest answers.

    Args:
        probabilities, gold: (M,).

    >>> best_threshold(np.array([0.1, 0.3, 0.4, 0.2]), np.array([False, True, True, False]))
    0.25
    """
    if not gold.any():
        return EVEN
    order = np.argsort(-probabilities, kind="stable")
    ranked = probabilities[order]
    is_last = np.append(np.diff(ranked) != 0, True)
    answers = np.flatnonzero(is_last) + 1
    found = np.cumsum(gold[order])[is_last]
    best = int(np.argmax(2.0 * found / (answers + gold.sum())))
    here = float(ranked[answers[best] - 1])
    below = float(ranked[answers[best]]) if answers[best] < len(ranked) else 0.0
    return (here + below) / 2
