"""The loop: epochs of seeded batches, gradients weighted by real labels, a checkpoint an epoch, the best one kept."""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from torch import Tensor, nn

from tunecard.errors import Interrupted, RecipeError
from tunecard.inference import predict_logits
from tunecard.tasks import collate
from tunecard.training.checkpoint import load_best, load_checkpoint, save_best, save_checkpoint
from tunecard.training.optimizer import learning_rate_factor, make_optimizer
from tunecard.training.plan import TrainingData, TrainingPlan
from tunecard.training.result import EpochRecord, TrainingResult

OnEpoch = Callable[[EpochRecord], None]
OnStep = Callable[[int, int, float], None]


class Trainer:
    """The state of one training: model, optimizer, counters. Built by `train`; one use."""

    def __init__(self, model: nn.Module, data: TrainingData, plan: TrainingPlan, head_modules: Sequence[str]) -> None:
        AcceleratorState._reset_state(reset_partial_state=True)  # one process may train several models
        self.accelerator = Accelerator(
            mixed_precision="bf16" if plan.precision == "bf16-mixed" else "no", cpu=plan.device == "cpu"
        )
        self.data, self.plan = data, plan
        optimizer = make_optimizer(model, plan, head_modules)
        self.model, self.optimizer = self.accelerator.prepare(model, optimizer)
        self.result = TrainingResult()
        self.rows_a_step = plan.train_batch_size * plan.gradient_accumulation_steps
        self.steps_an_epoch = -(-len(data.train) // self.rows_a_step)
        self.total_steps = self.steps_an_epoch * plan.epochs
        self.peak_rates = [group["lr"] for group in self.optimizer.param_groups]
        self.weights = _class_weights(data, plan).to(self.accelerator.device) if plan.class_weights == "balanced" else None

    def order(self, epoch: int) -> list[int]:
        """The rows of an epoch in the order they are learned from: decided by seed and epoch alone."""
        generator = torch.Generator().manual_seed(self.plan.seed * 100_003 + epoch)
        return torch.randperm(len(self.data.train), generator=generator).tolist()

    def step(self, rows: Sequence[int]) -> tuple[float, float]:
        """One optimizer step over `rows`. Returns the summed loss and the weight of its labels."""
        factor = learning_rate_factor(self.result.steps, self.total_steps, self.plan)
        for group, peak in zip(self.optimizer.param_groups, self.peak_rates, strict=True):
            group["lr"] = peak * factor
        batches = [
            collate(self.data.train, rows[start : start + self.plan.train_batch_size], self.data.pad_token_id)
            for start in range(0, len(rows), self.plan.train_batch_size)
        ]
        # A mean of means would weigh labels of short batches more: the whole step divides by all its labels.
        total_weight = sum(self._weight(batch["labels"]) for batch in batches)
        loss_sum = sum(self._backward(batch, total_weight) for batch in batches)
        if not torch.isfinite(torch.tensor(loss_sum)):
            raise RecipeError(
                f"the loss is not finite at step {self.result.steps + 1}. Lower training.learning_rate "
                f"(now {self.plan.learning_rate:g}) or use precision fp32; checkpoints before this step are kept."
            )
        self.accelerator.clip_grad_norm_(
            [p for group in self.optimizer.param_groups for p in group["params"]], self.plan.max_grad_norm
        )
        self.optimizer.step()
        self.optimizer.zero_grad()
        return loss_sum, total_weight

    def validate(self) -> tuple[float, float]:
        """Mean loss over validation labels, and the metric that chooses the best epoch (higher is better)."""
        task, encoded = self.data.task, self.data.validation
        logits = predict_logits(self.model, encoded, self.data.pad_token_id)
        loss, weight = 0.0, 0.0
        for row, row_logits in enumerate(logits):
            labels = torch.tensor(encoded.label_ids[row] if encoded.label_ids else [])
            tensor = torch.from_numpy(row_logits)
            row_loss, row_weight = task.loss_sum(tensor, labels, None) if tensor.ndim == 2 else task.loss_sum(tensor[None], labels[None], None)
            loss, weight = loss + float(row_loss), weight + float(row_weight)
        mean = loss / max(weight, 1.0)
        if self.plan.best_metric == "loss":
            return mean, -mean
        predictions = [task.decode(row_logits, encoded, row)[0] for row, row_logits in enumerate(logits)]
        score = task.score(self.data.validation_labels, predictions)[self.plan.best_metric]
        return mean, 0.0 if math.isnan(score) else score  # undefined (nothing predicted) is worth nothing

    def _weight(self, labels: Tensor) -> float:
        asked = labels[labels >= 0].to(self.accelerator.device)
        return float(len(asked) if self.weights is None else self.weights[asked].sum())

    def _backward(self, batch: dict[str, Tensor], total_weight: float) -> float:
        batch = {name: tensor.to(self.accelerator.device) for name, tensor in batch.items()}
        labels = batch.pop("labels")
        with self.accelerator.autocast():
            logits = self.model(**batch).logits
        loss, _ = self.data.task.loss_sum(logits, labels, self.weights)
        self.accelerator.backward(loss / max(total_weight, 1e-12))
        self.result.real_tokens += int(batch["attention_mask"].sum())
        self.result.observed_dtypes.setdefault("logits", str(logits.dtype).removeprefix("torch."))
        return float(loss.detach())


def train(
    model: nn.Module,
    data: TrainingData,
    plan: TrainingPlan,
    head_modules: Sequence[str],
    folder: Path,
    *,
    resume: bool = False,
    should_stop: Callable[[], bool] = lambda: False,
    on_step: OnStep = lambda step, total, loss: None,
    on_epoch: OnEpoch = lambda record: None,
) -> TrainingResult:
    """Trains what requires gradients; afterwards `model` holds the best epoch's weights, read back from disk.

    Args:
        head_modules: names of the modules that start new; they learn at `head_learning_rate`.
        folder: where checkpoints go.
        should_stop: read after each step; when true the state is saved and Interrupted is raised.
    Raises: Interrupted: stopped and saved. RecipeError: the loss is not finite. RunFolderError: a foreign checkpoint.
    """
    torch.manual_seed(plan.seed)
    trainer = Trainer(model, data, plan, head_modules)
    fingerprint = _fingerprint(plan, data)
    position: dict[str, Any] = {"epoch": 1, "offset": 0, "loss": 0.0, "weight": 0.0, "fingerprint": fingerprint}
    if resume:
        found = load_checkpoint(folder, model, trainer.optimizer, fingerprint)
        if found:
            trainer.result, position = found
    while position["epoch"] <= plan.epochs and not trainer.result.stopped:
        _run_epoch(trainer, position, folder, should_stop, on_step)
        _close_epoch(trainer, position, folder, on_epoch)
    trainer.result.stopped = trainer.result.stopped or "all epochs done"
    load_best(folder, model)
    trainer.result.rescored = trainer.validate()[1]
    model.eval()
    return trainer.result


def _run_epoch(
    trainer: Trainer, position: dict[str, Any], folder: Path, should_stop: Callable[[], bool], on_step: OnStep
) -> None:
    result, order = trainer.result, trainer.order(position["epoch"])
    trainer.model.train()
    while position["offset"] < len(order):
        rows = order[position["offset"] : position["offset"] + trainer.rows_a_step]
        began = time.perf_counter()
        loss, weight = trainer.step(rows)
        result.seconds += time.perf_counter() - began
        result.steps += 1
        result.rows += len(rows)
        position.update(offset=position["offset"] + len(rows), loss=position["loss"] + loss, weight=position["weight"] + weight)
        on_step(result.steps, trainer.total_steps, loss / max(weight, 1e-12))
        if should_stop():
            save_checkpoint(folder, trainer.model, trainer.optimizer, result, position)
            raise Interrupted(f"stopped after step {result.steps} of {trainer.total_steps}; the state is saved. Go on with --resume.")


def _close_epoch(trainer: Trainer, position: dict[str, Any], folder: Path, on_epoch: OnEpoch) -> None:
    result, plan = trainer.result, trainer.plan
    loss, metric = trainer.validate()
    rate = plan.learning_rate * learning_rate_factor(result.steps, trainer.total_steps, plan)
    train_loss = position["loss"] / max(position["weight"], 1e-12)
    record = EpochRecord(position["epoch"], result.steps, train_loss, loss, metric, rate)
    result.curve.append(record)
    if result.best_score is None or metric > result.best_score:
        result.best_score, result.best_epoch = metric, record.epoch
        save_best(folder, trainer.model)
    if plan.early_stopping and record.epoch - result.best_epoch >= plan.early_stopping:
        result.stopped = f"early: no gain for {plan.early_stopping} epochs"
    position.update(epoch=record.epoch + 1, offset=0, loss=0.0, weight=0.0)
    save_checkpoint(folder, trainer.model, trainer.optimizer, result, position)
    on_epoch(record)


def _class_weights(data: TrainingData, plan: TrainingPlan) -> Tensor:
    """(K,) N / (K * count), as scikit-learn's "balanced"; 0 for a label that never occurs."""
    counts = torch.from_numpy(data.task.label_counts(data.train)).double()
    weights = counts.sum() / (len(counts) * counts.clamp(min=1))
    return torch.where(counts > 0, weights, torch.zeros_like(weights)).float()


def _fingerprint(plan: TrainingPlan, data: TrainingData) -> str:
    """What a checkpoint must share with the run that goes on from it."""
    content = [asdict(plan), data.train.input_ids, data.train.label_ids, data.validation.input_ids, data.task.labels]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()
