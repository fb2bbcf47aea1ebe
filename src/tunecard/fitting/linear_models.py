"""scikit-learn's linear models as they are fitted here: of classes and of numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tunecard.fitting.few_rows import fit_few_rows, suits

MAX_ITERATIONS = 300


@dataclass(frozen=True)
class Kind:
    """A linear model with one penalty to be chosen.

    Attributes:
        estimator: scikit-learn's name.
        penalty: scikit-learn's name of the penalty.
        grid: its values, the simplest model first.
        fit: features, (M,) targets and a penalty to a fitted model.
        measure: what chooses, and `score`: targets and predictions to it, higher is better.
        told: the score as a reader is told it.
    """

    estimator: str
    penalty: str
    grid: tuple[float, ...]
    fit: Callable[[Any, np.ndarray, float], Any]
    measure: str
    score: Callable[[np.ndarray, np.ndarray], float]
    told: Callable[[float], float] = float


def classes(grid: tuple[float, ...], tolerance: float = 1e-4) -> Kind:
    """Logistic regression of class ids, chosen by accuracy; `grid` holds values of C."""

    def fit(features: Any, targets: np.ndarray, c: float) -> Any:
        from sklearn.dummy import DummyClassifier
        from sklearn.linear_model import LogisticRegression

        several = len(np.unique(targets))
        if several < 2:  # there is nothing to tell apart
            return DummyClassifier().fit(np.zeros((len(targets), 1)), targets)
        model = LogisticRegression(C=c, max_iter=MAX_ITERATIONS, tol=tolerance)  # then it predicts as well as it will
        return fit_few_rows(model, features, targets) if suits(features, several) else model.fit(features, targets)

    return Kind("LogisticRegression", "C", grid, fit, "accuracy", _accuracy)


def numbers(grid: tuple[float, ...]) -> Kind:
    """Ridge regression of one number, chosen by mean squared error; `grid` holds values of alpha."""

    def fit(features: Any, targets: np.ndarray, alpha: float) -> Any:
        from sklearn.linear_model import Ridge

        return Ridge(alpha=alpha).fit(features.astype(np.float64), targets)

    return Kind("Ridge", "alpha", grid, fit, "mean squared error", _minus_squared_error, told=lambda score: -score)


def _accuracy(targets: np.ndarray, predictions: np.ndarray) -> float:
    return float((targets == predictions).mean())


def _minus_squared_error(targets: np.ndarray, predictions: np.ndarray) -> float:
    return -float(((targets - predictions) ** 2).mean())
