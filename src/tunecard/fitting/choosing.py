"""Which view and penalty: every pair is fitted, and the one that is best on rows it did not see is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tunecard.counted import counted
from tunecard.fitting.at_once import at_once, one_thread_each
from tunecard.fitting.linear_models import Kind

CHOOSING = 3_000  # examples that the pairs are compared on; the chosen one then learns from all
FOLDS = 3
# Fewer labelled rows held back than these do not tell one choice from another; words of one row err together.
LEAST_TO_CHOOSE = 50
SEED = 0


@dataclass(frozen=True)
class Examples:
    """What is learned from, or chosen by.

    Attributes:
        views: name to (M, D) features, dense or sparse.
        targets: (M,) class ids or numbers, or (M, K) of 0 and 1 for as many labels.
        rows: (M,) the row of each example: those of one row stay together.
    """

    views: Mapping[str, Any]
    targets: np.ndarray
    rows: np.ndarray

    def __len__(self) -> int:
        return len(self.targets)

    def take(self, places: np.ndarray) -> Examples:
        """The examples at these places, in this order."""
        views = {name: features[places] for name, features in self.views.items()}
        return Examples(views, self.targets[places], self.rows[places])


@dataclass(frozen=True)
class Chosen:
    """The model that was kept.

    Attributes:
        model: scikit-learn's, fitted on all examples.
        view, penalty: what it was fitted with.
        score: by the measure of its kind, as a reader is told it; on what `chosen_on` names.
    """

    model: Any
    view: str
    penalty: float
    score: float
    chosen_on: str

    def predict(self, views: Mapping[str, Any]) -> np.ndarray:
        """(M,) class ids or numbers; none of none."""
        features = views[self.view]
        if not features.shape[0]:
            return np.empty(0)
        with one_thread_each():
            found: np.ndarray = self.model.predict(features)
        return found


def choose(kind: Kind, learned: Examples, held: Examples | None) -> Chosen:
    """Fits every view with every penalty, and the best of them on all that there is to learn from.

    Args:
        held: labelled validation rows; where there are none, or under LEAST_TO_CHOOSE rows, folds of `learned` judge
            one another, rows whole.
    """
    held = held if held is not None and can_choose(held.rows) else None
    some = learned.take(_some_rows(learned.rows, CHOOSING))
    pairs = [(view, penalty) for view in learned.views for penalty in kind.grid]
    judged = at_once(lambda pair: _judge(kind, some, held, *pair), pairs, "Choosing view and penalty", "fits")
    (score, model), (view, penalty) = max(zip(judged, pairs, strict=True), key=lambda one: one[0][0])
    with one_thread_each():  # so that sums stay the same
        if model is None or len(some) < len(learned):
            with counted("Fitting what was chosen"):
                model = kind.fit(learned.views[view], learned.targets, penalty)
        if held is None:
            return Chosen(model, view, penalty, kind.told(score), f"{FOLDS} folds of train")
        score = kind.score(held.targets, model.predict(held.views[view]))
        return Chosen(model, view, penalty, kind.told(score), "validation")


def can_choose(rows: np.ndarray) -> bool:
    """Whether so many different rows are held back that their labels may choose.

    Args:
        rows: (M,) the row of each label.
    """
    return len(np.unique(rows)) >= LEAST_TO_CHOOSE


def seeded_rows(count: int, most: int) -> np.ndarray:
    """(min(count, most),) a choice of rows, ascending; all of them where they are not more than `most`.

    >>> seeded_rows(3, 5).tolist(), len(seeded_rows(10, 4))
    ([0, 1, 2], 4)
    """
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(SEED).permutation(count)[:most])


def _some_rows(rows: np.ndarray, most: int) -> np.ndarray:
    """Places of about `most` examples, rows whole, in order."""
    if len(rows) <= most:
        return np.arange(len(rows))
    order = np.random.default_rng(SEED).permutation(np.unique(rows))
    sizes = np.bincount(rows, minlength=int(rows.max()) + 1)[order]
    kept = order[: int(np.searchsorted(sizes.cumsum(), most)) + 1]
    return np.flatnonzero(np.isin(rows, kept))


def _judge(kind: Kind, learned: Examples, held: Examples | None, view: str, penalty: float) -> tuple[float, Any]:
    """The score, and the model that has it; None where folds have one each."""
    features, targets = learned.views[view], learned.targets
    if held is not None:
        model = kind.fit(features, targets, penalty)
        return kind.score(held.targets, model.predict(held.views[view])), model
    folds = folds_of(learned.rows)
    if len(folds) < 2:  # one row alone has nothing to be judged by
        return 0.0, None
    said = np.empty(targets.shape, dtype=np.float64)
    for out in folds:
        said[out] = kind.fit(features[~out], targets[~out], penalty).predict(features[out])
    return kind.score(targets, said), None


def folds_of(rows: np.ndarray, count: int = FOLDS) -> list[np.ndarray]:
    """So many seeded parts as (M,) masks, or as many as there are rows.

    Args:
        rows: (M,) the row of each example: those of one row are in one part.
    """
    several, places = np.unique(rows, return_inverse=True)
    parts: np.ndarray = (np.random.default_rng(SEED).permutation(len(several)) % count)[places]
    return [parts == part for part in np.unique(parts)]
