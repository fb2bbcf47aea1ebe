"""Linear probes of frozen features: the output layer that would serve best if nothing else learned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tunecard.training.frozen_features import FrozenFeatures

# C of logistic regression on features of unit scale; the first wins a tie, as where few rows are held back.
INVERSE_REGULARISATION = (0.1, 0.03, 0.3, 1.0, 10.0)
RIDGE_PENALTIES = (1.0, 10.0, 100.0, 1000.0)
MAX_ITERATIONS = 60
UNSEEN_BIAS = -5.0


@dataclass(frozen=True)
class LinearProbe:
    """The best of the probes that were fitted.

    Attributes:
        weight: (K, H) float32.
        bias: (K,) float32.
        estimator: scikit-learn's name.
        settings: how it was regularised.
        score: on validation decisions.
        measure: what `score` is.
    """

    weight: np.ndarray
    bias: np.ndarray
    estimator: str
    settings: Mapping[str, float]
    score: float
    measure: str


def probe_classes(learned: FrozenFeatures, held: FrozenFeatures, classes: int) -> LinearProbe | None:
    """Logistic regression, C chosen by accuracy on `held`. None: fewer than two classes occur."""
    if len(np.unique(learned.labels)) < 2:
        return None
    scale = scale_of(learned.values)
    best: tuple[float, float, Any] | None = None
    for c in INVERSE_REGULARISATION:
        probe = fit_logistic(learned.values / scale, learned.labels, c)
        accuracy = float((probe.predict(held.values / scale) == held.labels).mean())
        if best is None or accuracy > best[0]:
            best = (accuracy, c, probe)
    assert best is not None
    accuracy, c, probe = best
    weight, bias = _as_layer(probe, classes)
    return LinearProbe(weight / scale, bias, "LogisticRegression", {"C": c}, accuracy, "accuracy")


def probe_numbers(learned: FrozenFeatures, held: FrozenFeatures) -> LinearProbe:
    """Ridge regression to one number, alpha chosen by the mean squared error on `held`."""
    from sklearn.linear_model import Ridge

    scale = scale_of(learned.values)
    inside, outside = (side.values.astype(np.float64) / scale for side in (learned, held))
    probes = {alpha: Ridge(alpha=alpha).fit(inside, learned.labels) for alpha in RIDGE_PENALTIES}
    errors = {alpha: float(((probe.predict(outside) - held.labels) ** 2).mean()) for alpha, probe in probes.items()}
    alpha = min(errors, key=errors.__getitem__)
    weight, bias = probes[alpha].coef_[None] / scale, np.array([probes[alpha].intercept_])
    return LinearProbe(
        weight.astype(np.float32), bias.astype(np.float32), "Ridge", {"alpha": alpha}, errors[alpha],
        "mean squared error",
    )  # fmt: skip


def scale_of(features: np.ndarray) -> float:
    """What features are divided by before a fit: an L2 penalty depends on it."""
    return float(features.std()) or 1.0


def fit_logistic(features: np.ndarray, labels: np.ndarray, c: float) -> Any:
    """Multinomial logistic regression of (M, H) features of unit scale."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        # Training goes on from here: a probe stopped early is still a good start.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return LogisticRegression(C=c, max_iter=MAX_ITERATIONS).fit(features, labels)


def _as_layer(probe: Any, n_labels: int) -> tuple[np.ndarray, np.ndarray]:
    """(K, H) weights and (K,) biases; two classes come as one row, unseen classes start unlikely."""
    coefficients, intercepts = probe.coef_, probe.intercept_
    if len(coefficients) == 1:
        coefficients = np.concatenate([-coefficients, coefficients]) / 2
        intercepts = np.concatenate([-intercepts, intercepts]) / 2
    weight = np.zeros((n_labels, coefficients.shape[1]), dtype=np.float32)
    bias = np.full(n_labels, UNSEEN_BIAS, dtype=np.float32)
    weight[probe.classes_] = coefficients
    bias[probe.classes_] = intercepts
    return weight, bias
