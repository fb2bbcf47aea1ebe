"""Logistic regression of several classes where features are many and rows are few: fitted in the space of the rows.

With an L2 penalty the coefficients are a mixture of rows, W = X^T A, so that X may be turned into any Z with as many
columns as rows and Z Z^T = X X^T. L-BFGS asks for products of vectors alone, which a turn leaves as they are: from zero
it takes the same steps over N x K numbers instead of D x K. It is scikit-learn's own that takes them; only the largest
component of the gradient, by which it stops, is that of the turned coefficients.
"""

from __future__ import annotations

from typing import Any

import numpy as np

MOST_ROWS = 4_000  # X X^T has as many numbers as the square of them
LEAST_WIDTH = 2  # columns a row; with fewer there is little to win
LEAST_CLASSES = 20  # the turn itself takes as long as a fit of about as many
NUDGE = 1e-6  # of a row's length: equal rows are turned too


def suits(features: Any, classes: int) -> bool:
    """Whether a fit in the space of the rows answers as one on the features does, and sooner."""
    rows, width = features.shape
    return hasattr(features, "tocsr") and classes >= LEAST_CLASSES and rows <= MOST_ROWS and width >= LEAST_WIDTH * rows


def fit_few_rows(model: Any, features: Any, targets: np.ndarray) -> Any:
    """What `model.fit(features, targets)` is.

    Args:
        model: scikit-learn's logistic regression with an L2 penalty.
        features: (N, D) sparse, that `suits`.
        targets: (N,) class ids.
    Returns: the model, to about 1e-4 of its largest coefficient.
    """
    from scipy.linalg import cholesky, solve_triangular

    wide = features.astype(np.float64)  # sums in fp32 are off by more than the nudge
    products = (wide @ wide.T).toarray()
    products[np.diag_indices_from(products)] += NUDGE * max(float(products.diagonal().mean()), NUDGE)
    rows = cholesky(products, lower=True, overwrite_a=True, check_finite=False).astype(np.float32)  # Z
    model.fit(rows, targets)
    mixture = solve_triangular(np.ascontiguousarray(rows.T), model.coef_.T, check_finite=False)  # A
    model.coef_ = np.ascontiguousarray((features.T @ mixture).T)
    model.n_features_in_ = features.shape[1]
    return model
