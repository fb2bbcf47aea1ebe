"""One number that logits are divided by, so that probabilities say as much as they can keep."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from tunecard.metrics.counts import Floats, Ints

LEAST, MOST = 0.05, 20.0  # what is looked at; an optimum beyond them is none


def fit_temperature(logits: Floats, labels: Ints) -> float:
    """The T in [LEAST, MOST] at which `mean_nll(logits / T, labels)` is least; an end of it where that lies beyond.

    The mean is convex in 1 / T, and its slope there is mean(E[z] - z of the label) under the softmax of z / T: where
    that is 0, nothing better exists. Where every label has the greatest logit, the mean falls all the way to T = 0.

    Args:
        logits: (N, K), finite, N > 0.
        labels: (N,) class ids in [0, K).
    Source: Guo et al. 2017, arXiv:1706.04599, section 4.2.

    >>> two = np.array([[math.log(9), 0.0]] * 4)  # nine to one, and three of four are right
    >>> round(fit_temperature(two, np.array([0, 0, 0, 1])), 6)  # three to one: log 9 / log 3
    2.0
    """
    shifted = logits.astype(np.float64) - logits.max(axis=-1, keepdims=True)  # exact zeros keep the slope's sign
    of_label = shifted[np.arange(len(labels)), labels].mean()

    def slope(temperature: float) -> float:
        weights = np.exp(shifted / temperature)
        return float(((weights * shifted).sum(axis=-1) / weights.sum(axis=-1)).mean() - of_label)

    return _root_of(slope)


def match_confidence(logits: Floats, wanted: float) -> float:
    """The T in [LEAST, MOST] at which the mean of the largest probability is `wanted`; an end where that lies beyond.

    No label is read: where few are known, `wanted` comes from elsewhere. The mean falls as T grows.

    Args:
        logits: (N, K), finite, N > 0.
        wanted: the share of answers that is expected to be right.

    >>> two = np.array([[math.log(9), 0.0]] * 4)  # nine to one, where three to one is right
    >>> round(match_confidence(two, 0.75), 6)
    2.0
    """
    shifted = logits.astype(np.float64) - logits.max(axis=-1, keepdims=True)

    def excess(temperature: float) -> float:
        return float((1 / np.exp(shifted / temperature).sum(axis=-1)).mean() - wanted)

    return _root_of(excess)


def _root_of(falling: Callable[[float], float]) -> float:
    """The T in [LEAST, MOST] at which a function that falls as T grows is 0; an end where that lies beyond."""
    from scipy.optimize import brentq

    if falling(LEAST) <= 0:
        return LEAST
    if falling(MOST) >= 0:
        return MOST
    return math.exp(brentq(lambda log: falling(math.exp(log)), math.log(LEAST), math.log(MOST), xtol=1e-10))


def mean_nll(logits: Floats, labels: Ints) -> float:
    """Mean negative log-likelihood in nats of (N,) class ids under the softmax of (N, K) logits."""
    shifted = logits.astype(np.float64) - logits.max(axis=-1, keepdims=True)
    return float((np.log(np.exp(shifted).sum(axis=-1)) - shifted[np.arange(len(labels)), labels]).mean())


def undo_temperature(probabilities: Floats, temperature: float) -> Floats:
    """(..., K) probabilities as they were before their logits were divided: p ** T, made to sum to 1 again.

    >>> undo_temperature(np.array([0.75, 0.25]), 2.0).round(6).tolist()  # three to one, squared
    [0.9, 0.1]
    """
    with np.errstate(divide="ignore"):  # a probability that was rounded to 0 stays 0
        logs = temperature * np.log(probabilities.astype(np.float64))
    raised = np.exp(logs - logs.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))
