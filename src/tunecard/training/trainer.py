"""One optimizer step and one validation: gradients weighted by real labels, nothing non-finite ever applied."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from torch import Tensor, nn

from tunecard.adapters.fused.frozen_weight import type_name
from tunecard.adapters.rules.registry import RULES
from tunecard.adapters.rules.rule import Rule
from tunecard.encoders import to_device
from tunecard.errors import RecipeError
from tunecard.measurement import timed
from tunecard.ranks import hidden_place
from tunecard.ranks.lost import RankLost
from tunecard.training.frozen_prefix.cache import KEY, PrefixCache
from tunecard.training.objectives import Loss, objective_of
from tunecard.training.optimizer import learning_rate_factor, make_optimizer
from tunecard.training.passes import Pass, StepPasses
from tunecard.training.plan import TrainingData, TrainingPlan
from tunecard.training.probed_products import onto_fast_path
from tunecard.training.ranks.ranks import ALONE, Ranks, Share
from tunecard.training.regime import store_weights
from tunecard.training.result import TrainingResult
from tunecard.training.seen_types import (
    GRADIENTS,
    LOGITS,
    MOMENTS,
    OUTPUTS,
    moment_types,
    output_types,
    product_types,
    types_of,
    weight_types,
)
from tunecard.training.step_reading import StepReading, send_to_host
from tunecard.training.trackers import LOGS, check_trackers
from tunecard.training.update import PATIENCE, Update
from tunecard.training.validation import Predict, Validation, score_validation

ORDER_STRIDE = 100_003
PREFIX = "prefix"


class NotFiniteError(RecipeError):
    """Steps came to nothing for too long. What was learned before them is as it was."""


class Trainer:
    """The state of one training: model, optimizer, counters. Built by `train`; one use.

    Args:
        model: goes to `plan.device` and on the fast path, where it passes the gate.
        head_modules: names of the modules that start new; they learn at `head_learning_rate`.
        folder: where trackers of `plan.log_to` will write; nothing is written here.
        loss: what steps make small, in the place of the task's objective.
        ranks: the processes that learn together.

    Attributes:
        predict: logits of the validation rows; trainings over one base ask it for theirs.
    Raises:
        RecipeError: a frozen prefix cannot be cached, or steps are too few for the method.
        MachineError: a tracker is not there.
    """

    def __init__(  # noqa: PLR0913 - a plan, what it works on, and who learns
        self,
        model: nn.Module,
        data: TrainingData,
        plan: TrainingPlan,
        head_modules: Sequence[str],
        folder: Path = Path(),
        loss: Loss | None = None,
        *,
        ranks: Ranks = ALONE,
    ) -> None:
        check_trackers(plan.log_to)
        AcceleratorState._reset_state(reset_partial_state=True)  # one process may train several models
        with hidden_place():  # what ranks have to do with each other is decided here
            self.accelerator = Accelerator(
                mixed_precision="no",  # see _backward
                cpu=plan.device == "cpu",
                log_with=list(plan.log_to) or None,
                project_dir=folder / LOGS,
            )
        self.ranks = ranks
        self.data, self.plan = data, plan
        self.regime = plan.regime
        self.model = model.to(torch.device(plan.device))
        self.device = next(model.parameters()).device
        self.path = onto_fast_path(model, data, plan)
        if self.regime.stored != torch.float32:
            store_weights(model, self.regime.stored)
            self.path = replace(self.path, compute_dtype=type_name(self.regime.stored))
        self.cache = self._prefix_cache(folder / PREFIX) if plan.cache_frozen_prefix else None
        self.objective = loss or objective_of(data.task)
        self.passes = StepPasses(model, data, plan.train_batch_size, self.cache, self.objective)
        self.optimizer = self.accelerator.prepare_optimizer(make_optimizer(model, plan, head_modules))
        self.result = TrainingResult()
        self.predict: Predict = ranks.predict
        self.rows_a_step = plan.rows_a_step
        self.steps_an_epoch = -(-len(data.train) // self.rows_a_step)
        self.total_steps = self.steps_an_epoch * plan.epochs
        self.peak_rates = [group["lr"] for group in self.optimizer.param_groups]
        self.learned = [parameter for group in self.optimizer.param_groups for parameter in group["params"]]
        self.rule = self._make_rule()
        self.update = Update(
            self.accelerator, self.optimizer, self.learned, plan.max_grad_norm, self.regime.is_scaled,
            patience=min(PATIENCE, self.total_steps), after_step=None if self.rule is None else self._after_step,
        )  # fmt: skip
        is_balanced = plan.class_weights == "balanced"
        weights = objective_of(data.task).balanced_weights(data.train, len(data.task.labels)) if is_balanced else None
        self.class_weights = None if weights is None else weights.tolist()
        self.weights = None if weights is None else weights.to(self.device)

    def _prefix_cache(self, folder: Path) -> PrefixCache:
        if not self.path.is_packed:
            raise RecipeError(f"{KEY} needs a base whose rows can be packed, but {self.path.reason}. Leave it out.")
        return PrefixCache(folder, self.model, self.data.train.sequences.split, self.data.pad_token_id)

    def _make_rule(self) -> Rule | None:
        if self.plan.rule is None:
            return None
        return RULES[self.plan.rule](self.model, self.optimizer.optimizer, self.plan.method_settings, self.total_steps)

    def order(self, epoch: int) -> list[int]:
        """The rows of an epoch in the order they are learned from: decided by seed and epoch alone."""
        generator = torch.Generator().manual_seed(self.plan.seed * ORDER_STRIDE + epoch)
        return torch.randperm(len(self.data.train), generator=generator).tolist()

    def step(self, rows: Sequence[int]) -> StepReading:
        """One optimizer step over `rows`. Nothing is read back from the device: `require_finite` tells, later on,
        whether it could be applied.

        Raises: MachineError: a single row does not fit into memory. RankLost: another rank is gone; no step was taken.
        """
        return self.take(self.ranks.deal(self, rows))

    def take(self, share: Share) -> StepReading:
        """One optimizer step, of which this process learns from a share. Raises: as `step`."""
        before = self.result.real_tokens
        try:
            loss_sum, total_weight = self.passes.within_memory(
                share.rows, partial(self._learn_from, whole=share.weight), self.optimizer.zero_grad
            )
            loss_sum = self.ranks.add_up(self.learned, loss_sum)
        except RankLost:
            self.result.real_tokens = before
            raise
        self.result.count_shares(share.tokens)
        return self.apply(loss_sum, total_weight)

    def apply(self, loss_sum: Tensor, total_weight: float) -> StepReading:
        """The second half of a step, once gradients are there.

        Args:
            loss_sum: () on the device, over the labels of the step.
            total_weight: of those labels.
        """
        factor = learning_rate_factor(self.result.steps, self.total_steps, self.plan)
        for group, peak in zip(self.optimizer.param_groups, self.peak_rates, strict=True):
            group["lr"] = peak * factor
        seen, is_first = self.result.observed_dtypes, MOMENTS not in self.result.observed_dtypes
        if is_first:
            seen[GRADIENTS] = types_of(weight.grad for weight in self.learned if weight.grad is not None)
        values, arrived = send_to_host(self.update.apply(loss_sum))
        seen |= moment_types(self.optimizer) if is_first else {}
        rate = self.optimizer.param_groups[0]["lr"]
        return StepReading(self.result.steps + 1, total_weight, rate, values, arrived)

    def _after_step(self) -> None:
        assert self.rule is not None
        self.rule.after_step(self.result.steps + 1)

    @property
    def first_kept_step(self) -> int:
        """Weights of an epoch that ended before this step are not kept."""
        return 0 if self.rule is None else self.rule.first_kept_step

    def require_finite(self, reading: StepReading) -> None:
        """Raises: NotFiniteError: too many steps up to this one came to nothing; no later one is applied."""
        if reading.outcome.is_broken:
            raise NotFiniteError(self._told(reading))

    def _told(self, reading: StepReading) -> str:
        """What happened, that nothing is lost, and what to type."""
        plan, count = self.plan, self.update.patience
        what = "gradient" if math.isfinite(reading.outcome.loss_sum) else "loss"
        ways = [
            f"--set training.learning_rate={plan.learning_rate / 3:.1g} (now {plan.learning_rate:g})",
            f"--set training.max_grad_norm={plan.max_grad_norm / 10:g} (now {plan.max_grad_norm:g})",
        ]
        ways += [] if plan.precision == "fp32" else [f"--set training.precision=fp32 (now {plan.precision})"]
        steps = f"{count} steps in a row, up to step {reading.step}" if count > 1 else f"step {reading.step}"
        return (
            f"the {what} is not finite in {steps}. None of them was taken, and what was learned before is saved: "
            "--resume goes on from there, with the rows that follow. If it comes again, start anew with --overwrite "
            f"and, in this order, {'; '.join(ways)}."
        )

    def validate(self) -> Validation:
        """Loss, metric and its standard error on the validation rows."""
        with timed("validation"):
            return score_validation(self.model, self.data, self.plan.best_metric, self.predict)

    def _learn_from(self, passes: Sequence[Pass], whole: float | None = None) -> tuple[Tensor, float]:
        # A mean of means would weigh labels of short batches more: the whole step divides by all its labels.
        total_weight = sum(self.weight_of(each.labels) for each in passes) if whole is None else whole
        losses = [self._backward(each, total_weight) for each in passes]
        if self.rule is not None and self.ranks.adds_penalty:
            self.accelerator.backward(self.update.scaled(self.rule.penalty()))
        return torch.stack(losses).sum() if losses else torch.zeros((), device=self.device), total_weight

    def weight_of(self, labels: Tensor) -> float:
        """As of the objective, by the class weights of the plan; `labels` are on the host."""
        return self.objective.weight_of(labels, self.class_weights)

    def loss_sum(self, logits: Tensor, labels: Tensor) -> Tensor:
        """As of the objective, by the class weights of the plan; all on the device."""
        return self.objective.loss_sum(logits, labels, self.weights)

    def _backward(self, rows: Pass, total_weight: float) -> Tensor:
        logits = self._logits(rows)
        loss = self.loss_sum(logits, to_device(rows.labels, self.device))
        self.accelerator.backward(self.update.scaled(loss / max(total_weight, 1e-12)))
        self.observe(logits, rows.real_tokens, self.model)
        return loss.detach()

    def _logits(self, rows: Pass) -> Tensor:
        # Fused layers cast what they multiply; where nothing is fused (all weights learn), autocast does. Accelerate
        # would leave it on for validation, and refuses fp16 on a processor.
        casts = self.regime.is_mixed and not self.path.fused_layers
        seen = self.result.observed_dtypes
        with torch.autocast(self.device.type, self.regime.compute) if casts else nullcontext():
            if not casts or OUTPUTS in seen:
                return rows.logits(self.model, self.device)
            with output_types(self.model, seen):
                return rows.logits(self.model, self.device)

    def observe(self, logits: Tensor, real_tokens: int, computed_by: nn.Module) -> None:
        """Counts the tokens of a pass, and keeps what types it was computed in.

        Args:
            computed_by: the model whose frozen layers multiplied; another one's, where several learn at once.
        """
        seen = self.result.observed_dtypes
        self.result.real_tokens += real_tokens
        if LOGITS not in seen:
            self.result.observed_dtypes = {
                **product_types(computed_by), **seen, LOGITS: type_name(logits.dtype), **weight_types(self.model)
            }  # fmt: skip
