"""What validation says of a model: the mean loss over its labels, the score that chooses, and its standard error."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from torch import nn

from tunecard.inference import predict_logits
from tunecard.metrics.counts import RowCounts
from tunecard.metrics.measure import Measure, sample_of
from tunecard.tasks import Task
from tunecard.tasks.deciding import Tunable, tuned
from tunecard.tasks.whole_splits import decode_split
from tunecard.training.arrangement import logits_of_rows, whole_labels
from tunecard.training.objectives import objective_of
from tunecard.training.plan import TrainingData

ROWS_COMPARED = 64  # at once, where the loss compares rows with each other

Predict = Callable[..., list[np.ndarray]]  # as `predict_logits`


class Validation(NamedTuple):
    """What validation says after an epoch.

    Attributes:
        loss: mean over its labels.
        metric: the score that chooses, higher is better; of "loss" its negative.
        error: standard error of `metric` over rows; None where it cannot be told.
    """

    loss: float
    metric: float
    error: float | None


def score_validation(
    model: nn.Module, data: TrainingData, metric: str, predict: Predict = predict_logits
) -> Validation:
    """The loss, and `metric` of the decoded predictions."""
    logits = predict(model, data.validation, data.pad_token_id, title="Validating")
    losses, weights = losses_of_rows(logits, data)
    loss = mean_loss(losses, weights)
    if metric == "loss":
        return Validation(loss, -loss, error_of_a_ratio(losses, weights))
    sample = sample_of(counts_of_rows(logits, data))
    measure = measure_of(data.task, metric)
    score = sample.score(measure)
    # Undefined, as where nothing is predicted, is worth nothing.
    return Validation(loss, 0.0 if math.isnan(score) else score, measure.standard_error(sample))


def measure_of(task: Task, metric: str) -> Measure:
    """A task's measure by its key."""
    return next(one for one in task.scoring.measures if one.key == metric)


def mean_loss(losses: np.ndarray, weights: np.ndarray) -> float:
    """Over labels, of what `losses_of_rows` gives."""
    return float(losses.sum()) / max(float(weights.sum()), 1.0)


def counts_of_rows(logits: Sequence[np.ndarray], data: TrainingData) -> RowCounts:
    """What the scores of validation are made of, row by row."""
    task = tuned(data.task, logits, data.validation_labels, data.validation)
    predictions = [one for one, _ in decode_split(task, logits, data.validation, data.validation_labels)]
    return task.scoring.count(data.validation_labels, predictions)


def tuned_task(model: nn.Module, data: TrainingData) -> Task:
    """The task with what validation tells of a trained model's answers; as it came where they rest on logits alone."""
    if not isinstance(data.task, Tunable):
        return data.task
    logits = predict_logits(model, data.validation, data.pad_token_id, title="Choosing thresholds")
    return tuned(data.task, logits, data.validation_labels, data.validation)


def losses_of_rows(logits: Sequence[np.ndarray], data: TrainingData) -> tuple[np.ndarray, np.ndarray]:
    """(N,) each: the summed loss of a row, and the weight of its labels; of a batch where rows are compared."""
    encoded, objective = data.validation, objective_of(data.task)
    size = ROWS_COMPARED if objective.needs_whole_batch else 1
    losses, weights = [], []
    for first in range(0, len(logits), size):
        rows = range(first, min(first + size, len(logits)))
        seen = logits_of_rows(encoded, rows, objective.sees, logits[first : first + size])
        labels = whole_labels(encoded, rows, objective.sees)
        losses.append(float(objective.loss_sum(seen, labels, None)))
        weights.append(float(objective.weight_of(labels, None)))
    return np.array(losses), np.array(weights)


def error_of_a_ratio(losses: np.ndarray, weights: np.ndarray) -> float | None:
    """The standard error of sum(losses) / sum(weights) over N rows, to first order (Cochran 1977, section 2.11)."""
    total = float(weights.sum())
    if not total:
        return None
    residuals = losses - losses.sum() / total * weights
    return float(np.sqrt((residuals**2).sum())) / total
