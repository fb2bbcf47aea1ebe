"""Linear probes of frozen features: the output layer that would serve best if nothing else learned."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tunecard.fitting.at_once import at_once, one_thread_each
from tunecard.fitting.choice_models import ChoiceModel, fit_choices
from tunecard.fitting.choosing import can_choose, folds_of
from tunecard.fitting.label_models import LabelModel, fit_labels, log_losses
from tunecard.training.frozen_features import FrozenFeatures

# Of features of unit scale, the simplest model first: it is kept where a better one is better by chance. Looser ones
# make a better start that ends worse, for tuning finds less to do (docs/log.md).
INVERSE_REGULARISATION = (0.01, 0.03, 0.1)
# What a tuned model gets right is nearer to what a loose probe does than to one that begins from next to nothing.
LOOSE = (1.0, 10.0)
FOLDS_TO_EXPECT = 10  # three would learn from a third fewer rows than the model
RIDGE_PENALTIES = (1000.0, 100.0, 10.0, 1.0)
MAX_ITERATIONS = 60
UNSEEN_BIAS = -5.0


@dataclass(frozen=True)
class LinearProbe:
    """The best of the probes that were fitted.

    Attributes:
        weight: (K, H) float32.
        bias: (K,) float32.
        estimator: its name, with that of the library that fitted it.
        settings: how it was regularised.
        score: on validation decisions.
        measure: what `score` is.
        in_folds: where few rows are held, the best accuracy that any penalty has on decisions of train which its fold
            was fitted without, and one standard error more: what is tuned may well be better.
    """

    weight: np.ndarray
    bias: np.ndarray
    estimator: str
    settings: Mapping[str, float]
    score: float
    measure: str
    in_folds: float | None = None


def probe_classes(learned: FrozenFeatures, held: FrozenFeatures, classes: int) -> LinearProbe | None:
    """Logistic regression, C chosen by accuracy. None: fewer than two classes occur."""
    if len(np.unique(learned.labels)) < 2:
        return None
    scale = scale_of(learned.values)
    inside, outside = learned.values / scale, held.values / scale

    def wrong(probe: Any, features: np.ndarray, labels: np.ndarray) -> np.ndarray:
        return np.asarray(probe.predict(features) != labels)

    c, probe = _chosen(INVERSE_REGULARISATION, fit_logistic, wrong, (inside, learned), (outside, held))
    in_folds = None if can_choose(held.rows) else _expected_share(fit_logistic, inside, learned, wrong)
    weight, bias = _as_layer(probe, classes)
    accuracy = 1 - float(wrong(probe, outside, held.labels).mean())
    return LinearProbe(
        weight / scale, bias, "scikit-learn LogisticRegression", {"C": c}, accuracy, "accuracy", in_folds
    )


def _expected_share(
    fit: Callable[[np.ndarray, np.ndarray, float], Any],
    features: np.ndarray,
    learned: FrozenFeatures,
    wrong: Callable[[Any, np.ndarray, np.ndarray], np.ndarray],
) -> float | None:
    """As `LinearProbe.in_folds`; None where one row alone has nothing to be judged by."""
    folds = folds_of(learned.rows, FOLDS_TO_EXPECT)
    if len(folds) < 2:
        return None
    tried = at_once(
        lambda c: _in_folds(folds, fit, wrong, features, learned, c),
        (*INVERSE_REGULARISATION, *LOOSE),
        "Asking what to expect of new rows",
        "penalties",
    )
    least = min(float(errors.mean()) for errors in tried)
    error: float = (least * (1 - least) / len(np.unique(learned.rows))) ** 0.5
    return min(1.0, 1 - least + error)


def probe_numbers(learned: FrozenFeatures, held: FrozenFeatures) -> LinearProbe:
    """Ridge regression to one number, alpha chosen by the mean squared error."""
    from sklearn.linear_model import Ridge

    scale = scale_of(learned.values)
    inside, outside = (side.values.astype(np.float64) / scale for side in (learned, held))

    def fit(features: np.ndarray, labels: np.ndarray, alpha: float) -> Any:
        return Ridge(alpha=alpha).fit(features, labels)

    def squares(probe: Any, features: np.ndarray, labels: np.ndarray) -> np.ndarray:
        return np.asarray((probe.predict(features) - labels) ** 2)

    alpha, probe = _chosen(RIDGE_PENALTIES, fit, squares, (inside, learned), (outside, held))
    weight, bias = probe.coef_[None] / scale, np.array([probe.intercept_])
    error = float(squares(probe, outside, held.labels).mean())
    return LinearProbe(
        weight.astype(np.float32),
        bias.astype(np.float32),
        "scikit-learn Ridge",
        {"alpha": alpha},
        error,
        "mean squared error",
    )


def probe_labels(learned: FrozenFeatures, held: FrozenFeatures) -> LinearProbe | None:
    """Logistic regression of each label, C chosen by the log loss. None: every row has the same labels."""
    if len(np.unique(learned.labels, axis=0)) < 2:
        return None
    scale = scale_of(learned.values)
    inside, outside = learned.values / scale, held.values / scale

    def fit(features: np.ndarray, labels: np.ndarray, c: float) -> LabelModel:
        return fit_labels(features, labels, c, most=MAX_ITERATIONS)

    def losses(probe: LabelModel, features: np.ndarray, labels: np.ndarray) -> np.ndarray:
        return log_losses(labels, probe.predict(features))

    c, probe = _chosen(INVERSE_REGULARISATION, fit, losses, (inside, learned), (outside, held))
    loss = float(losses(probe, outside, held.labels).mean())
    weight, bias = (probe.weight.T / scale).astype(np.float32), probe.bias.astype(np.float32)
    return LinearProbe(weight, bias, "logistic regression of each label", {"C": c}, loss, "log loss")


def probe_choices(learned: FrozenFeatures, held: FrozenFeatures) -> LinearProbe | None:
    """A conditional logit over the choices of each row, C chosen by accuracy. None: no row has two choices.

    Args:
        learned, held: of rows of several sequences, a choice each; a label is the place of the right one.
    """
    if len(np.unique(learned.rows)) == len(learned):
        return None
    scale = scale_of(learned.values)
    inside, outside = learned.values / scale, held.values / scale
    learned, held = (replace(side, labels=_rows_and_right(side)) for side in (learned, held))

    def fit(features: np.ndarray, labels: np.ndarray, c: float) -> ChoiceModel:
        return fit_choices(features, labels[:, 0], labels[:, 1] > 0, c, most=MAX_ITERATIONS)

    def wrong(probe: ChoiceModel, features: np.ndarray, labels: np.ndarray) -> np.ndarray:
        return probe.wrong(features, labels[:, 0], labels[:, 1] > 0)

    c, probe = _chosen(INVERSE_REGULARISATION, fit, wrong, (inside, learned), (outside, held))
    in_folds = None if can_choose(held.rows) else _expected_share(fit, inside, learned, wrong)
    accuracy = 1 - float(wrong(probe, outside, held.labels).mean())
    weight, bias = (probe.weight[None] / scale).astype(np.float32), np.zeros(1, dtype=np.float32)
    return LinearProbe(weight, bias, "conditional logit", {"C": c}, accuracy, "accuracy", in_folds)


def probe_spans(learned: FrozenFeatures, held: FrozenFeatures) -> LinearProbe | None:
    """A conditional logit over the tokens of each sequence, of the first token of an answer and one of the last.

    One C for both, chosen by accuracy: how often no other of the tokens drawn is as likely as the right one. None:
    every sequence is one token.

    Args:
        learned, held: of tokens of sequences, as `FrozenFeatures` says.
    """
    if len(np.unique(learned.labels[:, 0])) == len(learned):
        return None
    scale = scale_of(learned.values)
    inside, outside = learned.values / scale, held.values / scale

    def fit(features: np.ndarray, labels: np.ndarray, c: float) -> list[ChoiceModel]:
        return [fit_choices(features, labels[:, 0], labels[:, end] > 0, c, most=MAX_ITERATIONS) for end in (1, 2)]

    def wrong(probes: Sequence[ChoiceModel], features: np.ndarray, labels: np.ndarray) -> np.ndarray:
        ends = enumerate(probes, start=1)
        return np.concatenate([probe.wrong(features, labels[:, 0], labels[:, end] > 0) for end, probe in ends])

    c, probes = _chosen(INVERSE_REGULARISATION, fit, wrong, (inside, learned), (outside, held))
    accuracy = 1 - float(wrong(probes, outside, held.labels).mean())
    weight = (np.stack([probe.weight for probe in probes]) / scale).astype(np.float32)
    return LinearProbe(
        weight,
        np.zeros(len(probes), dtype=np.float32),
        "conditional logit",
        {"C": c},
        accuracy,
        "accuracy among drawn tokens",
    )


def _rows_and_right(features: FrozenFeatures) -> np.ndarray:
    """(M, 2) the row of each choice, and whether it is the right one."""
    return np.stack([features.rows, features.labels == features.places], axis=1)


def _chosen(
    penalties: Sequence[float],
    fit: Callable[[np.ndarray, np.ndarray, float], Any],
    errors: Callable[[Any, np.ndarray, np.ndarray], np.ndarray],
    learned: tuple[np.ndarray, FrozenFeatures],
    held: tuple[np.ndarray, FrozenFeatures],
) -> tuple[float, Any]:
    """The penalty that errors on rows which were not learned from choose, and the probe of it.

    Those are the held rows, or folds of the learned ones where few are held.
    """
    (inside, some), (outside, others) = learned, held
    folds = folds_of(some.rows)
    if len(folds) < 2:
        with one_thread_each():
            return penalties[0], fit(inside, some.labels, penalties[0])

    def tried(penalty: float) -> tuple[np.ndarray, Any]:
        if not can_choose(others.rows):
            return _in_folds(folds, fit, errors, inside, some, penalty), None
        probe = fit(inside, some.labels, penalty)
        return errors(probe, outside, others.labels), probe

    found = at_once(tried, penalties, "Fitting the probe that the head starts from", "penalties")
    penalty = first_within_an_error([(seen, penalty) for (seen, _), penalty in zip(found, penalties, strict=True)])
    probe = found[penalties.index(penalty)][1]
    if probe is not None:
        return penalty, probe
    with one_thread_each():
        return penalty, fit(inside, some.labels, penalty)


def _in_folds(
    folds: Sequence[np.ndarray],
    fit: Callable[[np.ndarray, np.ndarray, float], Any],
    errors: Callable[[Any, np.ndarray, np.ndarray], np.ndarray],
    features: np.ndarray,
    learned: FrozenFeatures,
    penalty: float,
) -> np.ndarray:
    """(M,) errors of decisions that their fold was fitted without, fold by fold."""
    labels = learned.labels
    return np.concatenate(
        [errors(fit(features[~out], labels[~out], penalty), features[out], labels[out]) for out in folds]
    )


def first_within_an_error(seen: Sequence[tuple[np.ndarray, float]]) -> float:
    """The first penalty that its errors do not tell from the best (rule of one standard error, Breiman et al. 1984).

    Args:
        seen: (M,) errors of as many decisions, and the penalty; the simplest model first.

    >>> few, many = np.array([1, 0, 0, 0]), np.array([1, 1, 1, 1])
    >>> [first_within_an_error([(errors, 0.1), (np.array([0, 0, 0, 1]), 1.0)]) for errors in (few, many)]
    [0.1, 1.0]
    """
    best = min((errors for errors, _ in seen), key=np.mean)
    most = float(best.mean()) + float(best.std()) / len(best) ** 0.5
    return next(penalty for errors, penalty in seen if float(errors.mean()) <= most)


def scale_of(features: np.ndarray) -> float:
    """What features are divided by before a fit: an L2 penalty depends on it."""
    return float(features.std()) or 1.0


def fit_logistic(features: np.ndarray, labels: np.ndarray, c: float) -> Any:
    """Multinomial logistic regression of (M, H) features of unit scale; of one class a model that always says it.

    One that is stopped before it has converged is still a good start for training.
    """
    from sklearn.dummy import DummyClassifier
    from sklearn.linear_model import LogisticRegression

    if len(np.unique(labels)) < 2:
        return DummyClassifier().fit(features, labels)
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
