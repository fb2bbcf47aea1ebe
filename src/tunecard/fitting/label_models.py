"""Logistic regression of K labels side by side, each yes or no: one L-BFGS over all of them at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tunecard.fitting.linear_models import MAX_ITERATIONS, Kind

SURE = 12.0  # logit of a label that every row has, or none


@dataclass(frozen=True)
class LabelModel:
    """A fitted model.

    Attributes:
        weight: (D, K).
        bias: (K,).
    """

    weight: np.ndarray
    bias: np.ndarray

    def predict(self, features: Any) -> np.ndarray:
        """(M, K) the probability of each label, from (M, D) features, dense or sparse."""
        return sigmoid(np.asarray(features @ self.weight) + self.bias)


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-z)) in float64, without overflow."""
    from scipy.special import expit

    found: np.ndarray = expit(np.asarray(logits, dtype=np.float64))
    return found


def fit_labels(
    features: Any, targets: np.ndarray, c: float, *, tolerance: float = 1e-4, most: int = MAX_ITERATIONS
) -> LabelModel:
    """scikit-learn's `LogisticRegression(C=c)` of each column of `targets`, with an unpenalised bias.

    A label that no row has, or every row, is answered by its share alone.

    Args:
        features: (M, D), dense or sparse.
        targets: (M, K) of 0 and 1.
        most: iterations.
    """
    from scipy.optimize import minimize

    rows, labels = targets.shape
    width = features.shape[1]
    shares = targets.mean(axis=0)
    open_labels = np.flatnonzero((shares > 0) & (shares < 1))
    wanted = targets[:, open_labels].astype(np.float64)
    transposed = features.T.tocsr() if hasattr(features, "tocsr") else np.ascontiguousarray(features.T)

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weight, bias = _parted(flat, width)
        logits = np.asarray(features @ weight, dtype=np.float64) + bias
        off = (sigmoid(logits) - wanted) / rows
        of_rows = float((np.logaddexp(0.0, logits) - wanted * logits).sum()) / rows
        slope = np.asarray(transposed @ off, dtype=np.float64) + weight / (c * rows)
        penalty = float((weight**2).sum()) / (2 * c * rows)
        return of_rows + penalty, np.concatenate([slope.reshape(-1), off.sum(axis=0)])

    begin = np.zeros((width + 1) * len(open_labels))
    begin[width * len(open_labels) :] = np.log(shares[open_labels] / (1 - shares[open_labels]))
    options = {"maxiter": most, "gtol": tolerance, "ftol": 64 * np.finfo(float).eps}
    solve: Any = minimize
    found = solve(loss, begin, jac=True, method="L-BFGS-B", options=options).x if len(open_labels) else begin
    weight, bias = np.zeros((width, labels)), np.where(shares > 0, SURE, -SURE)
    weight[:, open_labels], bias[open_labels] = _parted(found, width)
    return LabelModel(weight, bias)


def labels_kind(grid: tuple[float, ...], tolerance: float = 1e-4) -> Kind:
    """Logistic regression of each of K labels, chosen by the mean log loss; `grid` holds values of C."""

    def fit(features: Any, targets: np.ndarray, c: float) -> LabelModel:
        return fit_labels(features, targets, c, tolerance=tolerance)

    return Kind("LogisticRegression", "C", grid, fit, "mean log loss", _minus_log_loss, told=lambda score: -score)


def log_losses(targets: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """(M,) the mean log loss of each row's K label decisions, in nats."""
    likely = np.clip(np.where(targets > 0, probabilities, 1 - probabilities), 1e-12, 1.0)
    return np.asarray(-np.log(likely).mean(axis=1))


def _parted(flat: np.ndarray, width: int) -> tuple[np.ndarray, np.ndarray]:
    stacked = flat.reshape(width + 1, -1)
    return stacked[:width], stacked[width]


def _minus_log_loss(targets: np.ndarray, probabilities: np.ndarray) -> float:
    return -float(log_losses(targets, probabilities).mean())
