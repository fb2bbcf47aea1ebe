"""The way onto the fast path that a training takes; where frozen products are in int8, what that costs is measured.

The same validation rows are asked twice, without dropout: with the products of the regime, then with those in int8.
Rows are few and go through in small passes, for the first of both holds frozen layers in more bits than training will.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor, nn

from tunecard.encoders import is_packed, to_device
from tunecard.inference import take_fast_path
from tunecard.inference.fast_path import FastPath
from tunecard.inference.product_distance import ProbedAnswers, no_gradients
from tunecard.measurement import timed
from tunecard.training.objectives import objective_of
from tunecard.training.passes import StepPasses
from tunecard.training.plan import TrainingData, TrainingPlan

ROWS = 32
MAX_TOKENS = 512
# As a loss is scaled up where gradients would round to zero in fp16; shares are the same.
FP16_SCALE = 2.0**12


def onto_fast_path(model: nn.Module, data: TrainingData, plan: TrainingPlan) -> FastPath:
    """As `take_fast_path`, by the plan; `products` tells the distance where they are in int8.

    Args:
        model: where it computes; on the fast path or not.
    """
    asked = partial(probed_answers, data=data, plan=plan) if plan.stored == "int8-products" else None
    return take_fast_path(model, plan.regime.compute, plan.stored, asked)


def probed_answers(model: nn.Module, data: TrainingData, plan: TrainingPlan) -> ProbedAnswers:
    """Loss, logits and gradients of the first labelled rows of validation."""
    objective, device = objective_of(data.task), next(model.parameters()).device
    passes = StepPasses(model, replace(data, train=data.validation), plan.train_batch_size)
    passes.max_tokens = MAX_TOKENS
    rows = list(range(min(ROWS, len(data.validation))))
    learned = [parameter for parameter in model.parameters() if parameter.requires_grad]
    gradients, losses, logits, weight = no_gradients(learned), 0.0, [], 0.0
    was_training = model.training
    model.eval()
    with timed("comparing fast and stock path"):
        for each in passes.of(rows):
            with _casting(model, plan):
                said = each.logits(model, device)
            loss = objective.loss_sum(said, to_device(each.labels, device), None)
            _add(gradients, loss * (FP16_SCALE if plan.regime.is_scaled else 1.0), learned)
            logits.append(said.detach().float())
            losses += float(loss.detach())
            weight += objective.weight_of(each.labels, None)
    model.train(was_training)
    return ProbedAnswers(len(rows), losses / max(weight, 1.0), logits, gradients)


def _casting(model: nn.Module, plan: TrainingPlan) -> torch.autocast | nullcontext[None]:
    """As steps are taken: fused layers cast themselves, what is padded is cast by autocast."""
    casts = plan.regime.is_mixed and not is_packed(model)
    device = next(model.parameters()).device.type
    return torch.autocast(device, plan.regime.compute) if casts else nullcontext()


def _add(gradients: list[Tensor], loss: Tensor, learned: list[nn.Parameter]) -> None:
    for total, found in zip(gradients, torch.autograd.grad(loss, learned, allow_unused=True), strict=True):
        if found is not None:
            total.add_(found)
