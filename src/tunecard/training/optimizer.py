"""Groups of what learns, for the optimizer that a method names, and the learning-rate schedule."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import nn

from tunecard.adapters.optimizers.registry import ADAMW, OPTIMIZERS
from tunecard.errors import RecipeError
from tunecard.training.compensated_adamw import CompensatedAdamW
from tunecard.training.plan import TrainingPlan

_OWN_OPTIMIZER = (
    "training.precision fp16 has an optimizer of its own, and so has this method ({name}). Use fp16-mixed, whose "
    "trainable parameters stay in fp32."
)


def make_optimizer(model: nn.Module, plan: TrainingPlan, head_modules: Sequence[str]) -> torch.optim.Optimizer:
    """The plan's optimizer, AdamW unless the method has another, over what requires gradients.

    There are four groups: the head and the rest, each with weight decay on matrices and without it on biases and norms.

    Args:
        head_modules: names of modules; they learn at `plan.head_learning_rate`.
    Returns: one that makes up for what rounding takes, where the plan stores weights in fp16.
    """
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            is_head = any(part in head_modules for part in name.split("."))
            groups.setdefault((is_head, parameter.ndim >= 2), []).append(parameter)
    settled = [
        {
            "params": parameters,
            "lr": plan.head_learning_rate if is_head else plan.learning_rate,
            "weight_decay": plan.weight_decay if is_matrix else 0.0,
        }
        for (is_head, is_matrix), parameters in groups.items()
    ]
    if plan.regime.stored != torch.float16:
        return OPTIMIZERS[plan.optimizer](model, settled, plan.method_settings)
    if plan.optimizer != ADAMW:
        raise RecipeError(_OWN_OPTIMIZER.format(name=plan.optimizer))
    return CompensatedAdamW(settled)


def learning_rate_factor(step: int, total_steps: int, plan: TrainingPlan) -> float:
    """The share of the peak learning rate at `step` (from 0): linear warm-up, then linear or cosine to 0.

    Source: transformers' get_linear_schedule_with_warmup and get_cosine_schedule_with_warmup.
    """
    # The first step of a warm-up has rate 0: where it is the only step, nothing would be learned.
    warmup = min(math.ceil(plan.warmup_ratio * total_steps), total_steps - 1)
    if step < warmup:
        return step / max(1, warmup)
    progress = (step - warmup) / max(1, total_steps - warmup)
    if plan.schedule == "linear":
        return max(0.0, 1.0 - progress)
    return max(0.0, 0.5 * (1.0 + math.cos(math.pi * progress)))
