"""Logistic regression of several classes where features are many and rows are few: fitted in the space of the rows.

With an L2 penalty the coefficients are a mixture of rows, W = X^T A, so that X may be turned into any Z with as many
columns as rows and Z Z^T = X X^T. L-BFGS asks for products of vectors alone, which a turn leaves as they are: from zero
it takes the same steps as scikit-learn's does on X, over N x K numbers instead of D x K. It stops where scikit-learn
would, by the largest component of the gradient before the turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

MOST_ROWS = 4_000  # X X^T has as many numbers as the square of them
LEAST_WIDTH = 2  # columns a row; with fewer there is little to win
LEAST_CLASSES = 20  # the turn itself takes as long as scikit-learn with about as many
NUDGE = 1e-6  # of a row's length: equal rows are turned too


@dataclass(frozen=True)
class Turned:
    """Features in the space of the rows.

    Attributes:
        features: (N, D) sparse X, and `transposed` X^T.
        rows: (N, N) float32 Z, lower triangular, and `columns` Z^T.
    """

    features: Any
    transposed: Any
    rows: np.ndarray
    columns: np.ndarray

    @classmethod
    def of(cls, features: Any) -> Turned:
        """Z by Cholesky's factor of X X^T."""
        from scipy.linalg import cholesky

        products = (features @ features.T).toarray().astype(np.float64)
        products[np.diag_indices_from(products)] += NUDGE * max(float(products.diagonal().mean()), NUDGE)
        rows = cholesky(products, lower=True, overwrite_a=True, check_finite=False).astype(np.float32)
        return cls(features, features.T.tocsr(), rows, np.ascontiguousarray(rows.T))

    def mixture(self, weight: np.ndarray) -> np.ndarray:
        """(N, K) A, of which W = X^T A is what (N, K) `weight` is in the space of the rows."""
        from scipy.linalg import solve_triangular

        found: np.ndarray = solve_triangular(self.columns, weight.astype(np.float32), check_finite=False)
        return found


def suits(features: Any, classes: int) -> bool:
    """Whether a fit in the space of the rows answers as scikit-learn does, and sooner."""
    rows, width = features.shape
    return hasattr(features, "tocsr") and classes >= LEAST_CLASSES and rows <= MOST_ROWS and width >= LEAST_WIDTH * rows


def fit_few_rows(features: Any, targets: np.ndarray, c: float, tolerance: float, most: int) -> Any:
    """What `LogisticRegression(C=c, tol=tolerance, max_iter=most).fit(features, targets)` of scikit-learn is.

    Args:
        features: (N, D) sparse, that `suits`.
        targets: (N,) class ids.
    Returns: a model of that class, to about 1e-4 of its largest coefficient.
    """
    from scipy.optimize import minimize
    from sklearn.linear_model import LogisticRegression

    classes, ids = np.unique(targets, return_inverse=True)
    fit = _Fit(Turned.of(features), ids, len(classes), 1.0 / (c * len(ids)), tolerance)
    options = {"maxiter": most, "maxls": 50, "gtol": 0.0, "ftol": 64 * np.finfo(float).eps}  # as scikit-learn's
    start = np.zeros((len(ids) + 1) * len(classes))
    solve: Any = minimize
    found = solve(fit.loss, start, jac=True, method="L-BFGS-B", options=options, callback=fit.stop)
    weight, bias = fit.parted(found.x)
    model = LogisticRegression(C=c, tol=tolerance, max_iter=most)
    model.classes_, model.n_iter_, model.n_features_in_ = classes, np.array([found.nit]), features.shape[1]
    model.coef_ = np.ascontiguousarray((fit.turned.transposed @ fit.turned.mixture(weight)).T)
    model.intercept_ = bias.astype(np.float32)
    return model


class _Fit:
    """The loss that is made small, and when it is small enough.

    Args:
        ids: (N,) of `classes` many.
        penalty: half of which is the weight of the squared coefficients beside the mean loss of a row.
    """

    def __init__(self, turned: Turned, ids: np.ndarray, classes: int, penalty: float, tolerance: float) -> None:
        self.turned = turned
        self._ids, self._classes, self._penalty, self._tolerance = ids, classes, penalty, tolerance
        self._places = np.arange(len(ids))
        self._off: np.ndarray = np.empty(0)

    def parted(self, flat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(N, K) weights and (K,) biases."""
        stacked = flat.reshape(-1, self._classes)
        return stacked[:-1], stacked[-1]

    def loss(self, flat: np.ndarray) -> tuple[float, np.ndarray]:
        """The mean loss of a row with its penalty, and its slope."""
        (weight, bias), rows = self.parted(flat), len(self._ids)
        logits = self.turned.rows @ weight.astype(np.float32) + bias.astype(np.float32)
        logits -= logits.max(axis=1, keepdims=True)
        right = float(logits[self._places, self._ids].sum(dtype=np.float64))
        sums = np.exp(logits, out=logits).sum(axis=1, keepdims=True)
        loss = (float(np.log(sums).sum(dtype=np.float64)) - right) / rows
        logits /= sums * rows
        logits[self._places, self._ids] -= np.float32(1 / rows)
        self._off = logits  # (N, K) what is said less what is right
        slope = self.turned.columns @ logits + self._penalty * weight
        flat_slope = np.concatenate([slope.reshape(-1), logits.sum(axis=0, dtype=np.float64)])
        return loss + self._penalty / 2 * float(np.vdot(weight, weight)), flat_slope

    def stop(self, intermediate_result: Any) -> None:
        """Raises: StopIteration: no component of the slope, as it is before the turn, is above the tolerance."""
        weight, _ = self.parted(intermediate_result.x)
        mixed = self._off + np.float32(self._penalty) * self.turned.mixture(weight)
        if max(np.abs(self.turned.transposed @ mixed).max(), np.abs(self._off.sum(axis=0)).max()) <= self._tolerance:
            raise StopIteration
