"""What validation says of a model: the mean loss over its labels, and the score that chooses."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from tunecard.inference import predict_logits
from tunecard.rows.encoded import EncodedSplit
from tunecard.training.objectives import objective_of
from tunecard.training.plan import TrainingData

Predict = Callable[[nn.Module, EncodedSplit, int], list[np.ndarray]]


def score_validation(
    model: nn.Module, data: TrainingData, metric: str, predict: Predict = predict_logits
) -> tuple[float, float]:
    """Mean loss over validation labels, and `metric` of the predictions (higher is better; of "loss" its negative)."""
    task, encoded, objective = data.task, data.validation, objective_of(data.task)
    logits = predict(model, encoded, data.pad_token_id)
    loss, weight = 0.0, 0.0
    for row, row_logits in enumerate(logits):
        labels = torch.tensor(encoded.label_ids[row] if encoded.label_ids else [])  # () of a text, (T,) of tokens
        loss += float(objective.loss_sum(torch.from_numpy(row_logits), labels, None))
        weight += objective.weight_of(labels, None)
    mean = loss / max(weight, 1.0)
    if metric == "loss":
        return mean, -mean
    predictions = [task.decode(row_logits, encoded, row)[0] for row, row_logits in enumerate(logits)]
    score = task.scoring.score(data.validation_labels, predictions)[metric]
    return mean, 0.0 if math.isnan(score) else score  # undefined (nothing predicted) is worth nothing
