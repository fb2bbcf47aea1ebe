"""The first steps of a training alone, and two such trials of the same rows apart: in loss and in score, by pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from tunecard.counted import each
from tunecard.evaluation.compared_runs import difference_of
from tunecard.inference import predict_logits
from tunecard.metrics.counts import RowCounts
from tunecard.metrics.measure import sample_of
from tunecard.metrics.paired import Paired
from tunecard.tasks import Task
from tunecard.training.plan import TrainingData, TrainingPlan
from tunecard.training.trainer import Trainer
from tunecard.training.validation import counts_of_rows, error_of_a_ratio, losses_of_rows, mean_loss, measure_of


@dataclass(frozen=True)
class Trial:
    """What validation says after some steps.

    Attributes:
        steps: that were taken.
        start_losses, losses: (N,) each: the summed loss of a row before the first step, and after the last.
        weights: (N,) of the labels of a row.
        counts: what scores are made of, row by row.
    """

    steps: int
    start_losses: np.ndarray
    losses: np.ndarray
    weights: np.ndarray
    counts: RowCounts

    @property
    def loss(self) -> float:
        """Mean over labels."""
        return mean_loss(self.losses, self.weights)

    @property
    def start_loss(self) -> float:
        """The same before the first step."""
        return mean_loss(self.start_losses, self.weights)

    @property
    def learned(self) -> tuple[float, float]:
        """By how much the mean loss fell, and its standard error over rows."""
        error = error_of_a_ratio(self.start_losses - self.losses, self.weights)
        return self.start_loss - self.loss, error or 0.0

    def score(self, task: Task, metric: str) -> float:
        """One of the task's measures."""
        return sample_of(self.counts).score(measure_of(task, metric))


def take_first_steps(
    model: nn.Module,
    data: TrainingData,
    plan: TrainingPlan,
    head_modules: Sequence[str],
    folder: Path,
    total_steps: int,
) -> Trial:
    """Learns each training row once and validates; the model stays as it came out.

    Args:
        data: the training rows of the first steps alone.
        folder: where states of frozen layers are kept, where the plan says so.
        total_steps: of the training that these are the first steps of: the rates are those.
    Raises: as `Trainer` and its steps.
    """
    torch.manual_seed(plan.seed)
    trainer = Trainer(model, data, plan, head_modules, folder)
    trainer.total_steps = total_steps
    if trainer.cache is not None:
        trainer.cache.build()
    model.eval()
    began, _ = losses_of_rows(predict_logits(model, data.validation, data.pad_token_id, title="Validating"), data)
    model.train()
    order, size = trainer.order(1), trainer.rows_a_step
    for first in each(range(0, len(order), size), "Trying first steps", "steps"):
        reading = trainer.step(order[first : first + size])
        trainer.result.steps += 1
        trainer.require_finite(reading)
    model.eval()
    logits = predict_logits(model, data.validation, data.pad_token_id, title="Validating")
    return Trial(trainer.result.steps, began, *losses_of_rows(logits, data), counts_of_rows(logits, data))


def loss_apart(first: Trial, second: Trial) -> tuple[float, float]:
    """By how much the mean loss of the first is above that of the second, and its standard error over rows."""
    error = error_of_a_ratio(first.losses - second.losses, first.weights)
    return first.loss - second.loss, error or 0.0


def score_apart(task: Task, metric: str, first: Trial, second: Trial) -> Paired:
    """The score of the first less that of the second."""
    return difference_of(measure_of(task, metric), first.counts, second.counts)
