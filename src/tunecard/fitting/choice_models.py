"""The conditional logit: a linear score of each choice, fitted so that the right one of its row is the most likely."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tunecard.fitting.linear_models import MAX_ITERATIONS


@dataclass(frozen=True)
class ChoiceModel:
    """A fitted model.

    Attributes:
        weight: (D,). There is no bias: the same number on every choice of a row changes nothing.
    """

    weight: np.ndarray

    def wrong(self, features: np.ndarray, rows: np.ndarray, is_right: np.ndarray) -> np.ndarray:
        """(R,) whether another choice of the row has a score as high as the right one, rows in ascending order.

        Args:
            features, rows, is_right: as in `fit_choices`.
        """
        of_row = np.unique(rows, return_inverse=True)[1]
        scores = np.asarray(features @ self.weight, dtype=np.float64)
        best = np.full(of_row.max() + 1, -np.inf)
        np.maximum.at(best, of_row[~is_right], scores[~is_right])
        right = np.full(len(best), -np.inf)
        right[of_row[is_right]] = scores[is_right]
        return best >= right


def fit_choices(
    features: np.ndarray, rows: np.ndarray, is_right: np.ndarray, c: float, *, most: int = MAX_ITERATIONS
) -> ChoiceModel:
    """McFadden's conditional logit (1974) with an L2 penalty: c times the sum of the rows' losses, and half the square
    of the weights, as scikit-learn's `LogisticRegression(C=c)`; one L-BFGS, which starts at 0.

    Args:
        features: (M, D), a choice a line.
        rows: (M,) the row of each choice.
        is_right: (M,) whether it is the right one; one of each row is.
        most: iterations.
    """
    from scipy.optimize import minimize

    features = features.astype(np.float64)
    several, of_row = np.unique(rows, return_inverse=True)
    wanted, count = features[is_right].sum(axis=0), len(several)

    def loss(weight: np.ndarray) -> tuple[float, np.ndarray]:
        scores = features @ weight
        largest = np.full(count, -np.inf)
        np.maximum.at(largest, of_row, scores)
        shares = np.exp(scores - largest[of_row])
        sums = np.bincount(of_row, shares)
        of_rows = float((np.log(sums) + largest).sum() - scores[is_right].sum())
        slope = features.T @ (shares / sums[of_row]) - wanted + weight / c
        return (of_rows + float(weight @ weight) / (2 * c)) / count, slope / count

    options = {"maxiter": most, "gtol": 1e-5, "ftol": 64 * np.finfo(float).eps}
    solve: Any = minimize
    return ChoiceModel(solve(loss, np.zeros(features.shape[1]), jac=True, method="L-BFGS-B", options=options).x)
