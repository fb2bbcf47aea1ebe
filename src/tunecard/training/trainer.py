"""One optimizer step and one validation: gradients weighted by real labels, nothing non-finite ever applied."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from torch import Tensor, nn

from tunecard.encoders import to_device
from tunecard.errors import RecipeError
from tunecard.inference import predict_logits, take_fast_path
from tunecard.measurement import timed
from tunecard.training.frozen_prefix.cache import KEY, PrefixCache
from tunecard.training.objectives import Loss, objective_of
from tunecard.training.optimizer import learning_rate_factor, make_optimizer
from tunecard.training.passes import Pass, StepPasses
from tunecard.training.plan import TrainingData, TrainingPlan
from tunecard.training.regime import REGIMES, store_weights, type_name
from tunecard.training.result import TrainingResult
from tunecard.training.step_reading import StepReading, send_to_host
from tunecard.training.trackers import LOGS, check_trackers
from tunecard.training.update import Update
from tunecard.training.validation import Predict, Validation, score_validation

ORDER_STRIDE = 100_003
PREFIX = "prefix"


class Trainer:
    """The state of one training: model, optimizer, counters. Built by `train`; one use.

    Args:
        model: goes to `plan.device` and on the fast path, where it passes the gate.
        head_modules: names of the modules that start new; they learn at `head_learning_rate`.
        folder: where trackers of `plan.log_to` will write; nothing is written here.
        loss: what steps make small, in the place of the task's objective.

    Attributes:
        predict: logits of the validation rows; trainings over one base ask it for theirs.
    Raises: RecipeError: a frozen prefix cannot be cached. MachineError: a tracker is not there.
    """

    def __init__(
        self,
        model: nn.Module,
        data: TrainingData,
        plan: TrainingPlan,
        head_modules: Sequence[str],
        folder: Path = Path(),
        loss: Loss | None = None,
    ) -> None:
        check_trackers(plan.log_to)
        AcceleratorState._reset_state(reset_partial_state=True)  # one process may train several models
        self.accelerator = Accelerator(
            mixed_precision="no",  # see _backward
            cpu=plan.device == "cpu",
            log_with=list(plan.log_to) or None,
            project_dir=folder / LOGS,
        )
        self.data, self.plan = data, plan
        self.regime = REGIMES[plan.precision]
        self.model = model.to(torch.device(plan.device))
        self.device = next(model.parameters()).device
        self.path = take_fast_path(model, self.regime.compute)
        if self.regime.stored != torch.float32:
            store_weights(model, self.regime.stored)
            self.path = replace(self.path, compute_dtype=type_name(self.regime.stored))
        self.cache = self._prefix_cache(folder / PREFIX) if plan.cache_frozen_prefix else None
        self.objective = loss or objective_of(data.task)
        self.passes = StepPasses(model, data, plan.train_batch_size, self.cache, self.objective)
        self.optimizer = self.accelerator.prepare_optimizer(make_optimizer(model, plan, head_modules))
        self.result = TrainingResult()
        self.predict: Predict = predict_logits
        self.rows_a_step = plan.train_batch_size * plan.gradient_accumulation_steps
        self.steps_an_epoch = -(-len(data.train) // self.rows_a_step)
        self.total_steps = self.steps_an_epoch * plan.epochs
        self.peak_rates = [group["lr"] for group in self.optimizer.param_groups]
        self.learned = [parameter for group in self.optimizer.param_groups for parameter in group["params"]]
        self.update = Update(self.accelerator, self.optimizer, self.learned, plan.max_grad_norm, self.regime.is_scaled)
        is_balanced = plan.class_weights == "balanced"
        weights = objective_of(data.task).balanced_weights(data.train, len(data.task.labels)) if is_balanced else None
        self.class_weights = None if weights is None else weights.tolist()
        self.weights = None if weights is None else weights.to(self.device)

    def _prefix_cache(self, folder: Path) -> PrefixCache:
        if not self.path.is_packed:
            raise RecipeError(f"{KEY} needs a base whose rows can be packed, but {self.path.reason}. Leave it out.")
        return PrefixCache(folder, self.model, self.data.train.sequences.split, self.data.pad_token_id)

    def order(self, epoch: int) -> list[int]:
        """The rows of an epoch in the order they are learned from: decided by seed and epoch alone."""
        generator = torch.Generator().manual_seed(self.plan.seed * ORDER_STRIDE + epoch)
        return torch.randperm(len(self.data.train), generator=generator).tolist()

    def step(self, rows: Sequence[int]) -> StepReading:
        """One optimizer step over `rows`. Nothing is read back from the device: `require_finite` tells, later on,
        whether it could be applied.

        Raises: MachineError: a single row does not fit into memory.
        """
        return self.apply(*self.passes.within_memory(rows, self._learn_from, self.optimizer.zero_grad))

    def apply(self, loss_sum: Tensor, total_weight: float) -> StepReading:
        """The second half of a step, once gradients are there.

        Args:
            loss_sum: () on the device, over the labels of the step.
            total_weight: of those labels.
        """
        factor = learning_rate_factor(self.result.steps, self.total_steps, self.plan)
        for group, peak in zip(self.optimizer.param_groups, self.peak_rates, strict=True):
            group["lr"] = peak * factor
        values, arrived = send_to_host(self.update.apply(loss_sum))
        rate = self.optimizer.param_groups[0]["lr"]
        return StepReading(self.result.steps + 1, total_weight, rate, values, arrived)

    def require_finite(self, reading: StepReading) -> None:
        """Raises: RecipeError: loss or gradient of the step are not finite; neither it nor a later one was applied."""
        if reading.outcome.is_broken:
            what = "gradient" if math.isfinite(reading.outcome.loss_sum) else "loss"
            raise RecipeError(
                f"the {what} is not finite at step {reading.step}. Lower training.learning_rate "
                f"(now {self.plan.learning_rate:g}) or use precision fp32; checkpoints before this step are kept."
            )

    def validate(self) -> Validation:
        """Loss, metric and its standard error on the validation rows."""
        with timed("validation"):
            return score_validation(self.model, self.data, self.plan.best_metric, self.predict)

    def _learn_from(self, passes: Sequence[Pass]) -> tuple[Tensor, float]:
        # A mean of means would weigh labels of short batches more: the whole step divides by all its labels.
        total_weight = sum(self.weight_of(each.labels) for each in passes)
        losses = [self._backward(each, total_weight) for each in passes]
        return torch.stack(losses).sum(), total_weight

    def weight_of(self, labels: Tensor) -> float:
        """As of the objective, by the class weights of the plan; `labels` are on the host."""
        return self.objective.weight_of(labels, self.class_weights)

    def loss_sum(self, logits: Tensor, labels: Tensor) -> Tensor:
        """As of the objective, by the class weights of the plan; all on the device."""
        return self.objective.loss_sum(logits, labels, self.weights)

    def _backward(self, rows: Pass, total_weight: float) -> Tensor:
        # Fused layers cast what they multiply; where nothing is fused (all weights learn), autocast does. Accelerate
        # would leave it on for validation, and refuses fp16 on a processor.
        casts = self.regime.is_mixed and not self.path.fused_layers
        with torch.autocast(self.device.type, self.regime.compute) if casts else nullcontext():
            logits = rows.logits(self.model, self.device)
        loss = self.loss_sum(logits, to_device(rows.labels, self.device))
        self.accelerator.backward(self.update.scaled(loss / max(total_weight, 1e-12)))
        self.observe(logits, rows.real_tokens)
        return loss.detach()

    def observe(self, logits: Tensor, real_tokens: int) -> None:
        """Counts the tokens of a pass, and keeps what types it was computed in."""
        seen = self.result.observed_dtypes
        self.result.real_tokens += real_tokens
        if self.path.fused_layers:
            seen.setdefault("products of frozen layers", self.path.compute_dtype)
        seen.setdefault("logits", type_name(logits.dtype))
        if "frozen weights" not in seen:
            for name, learns in (("frozen weights", False), ("trainable weights", True)):
                types = {type_name(p.dtype) for p in self.model.parameters() if p.requires_grad == learns}
                seen[name] = ", ".join(sorted(types)) or "none"
