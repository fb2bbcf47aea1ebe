"""Which weights learn: `lora` (shipped), and the controls `full` and `head` (compared, never shipped)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from peft import LoraConfig, TaskType
from peft.tuners.tuners_utils import BaseTunerLayer
from torch import nn
from transformers import PreTrainedModel

from tunecard.adapters.targets import check_targets, choose_targets
from tunecard.adapters.wrapping import wrap_model
from tunecard.errors import AdapterError, nearest


@dataclass(frozen=True)
class AdapterPlan:
    """What to add to a base. `targets` are module names, or "auto" / "all-linear"; `new_modules` are trained whole."""

    method: str
    rank: int
    alpha: float
    dropout: float
    targets: Sequence[str] | str
    bias: str
    new_modules: Sequence[str]
    task_type: str


@dataclass(frozen=True)
class Method:
    """One entry of the registry: how it wraps a model, and whether its result is an adapter that can be shipped."""

    add: Callable[[PreTrainedModel, AdapterPlan], nn.Module]
    is_shipped: bool
    summary: str


def add_adapter(model: PreTrainedModel, plan: AdapterPlan, seed: int) -> nn.Module:
    """Wraps `model` by the plan's method; only what shall learn requires gradients afterwards.

    Raises: AdapterError: unknown method, a target that matches nothing, or a model that is already wrapped.
    """
    if any(isinstance(module, BaseTunerLayer) for module in model.modules()):
        raise AdapterError("this model already carries an adapter. Load the base afresh.")
    if plan.method not in METHODS:
        raise AdapterError(
            f"adapter.method must be one of {', '.join(METHODS)}. Got {plan.method!r}.{nearest(plan.method, METHODS)}"
        )
    torch.manual_seed(seed)
    return METHODS[plan.method].add(model, plan)


def leaves_base_frozen(plan: AdapterPlan) -> bool:
    """Whether no weight of the base's blocks learns, so that they may be stored in a type that is too coarse to."""
    return plan.method != "full" and plan.bias == "none"


def trainable_state(model: nn.Module) -> dict[str, torch.Tensor]:
    """Every trainable tensor by name: what a checkpoint must hold (frozen weights come from the base)."""
    return {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}


def _add_lora(model: PreTrainedModel, plan: AdapterPlan) -> nn.Module:
    targets = choose_targets(model, plan.targets)
    check_targets(model, targets)
    config = LoraConfig(
        task_type=TaskType(plan.task_type),
        r=plan.rank,
        # PEFT's own files hold whole numbers, and other loaders read them as such.
        lora_alpha=int(plan.alpha) if float(plan.alpha).is_integer() else plan.alpha,  # type: ignore[arg-type]
        lora_dropout=plan.dropout,
        target_modules=list(targets),
        bias=plan.bias,  # type: ignore[arg-type]
        modules_to_save=list(plan.new_modules) or None,
    )
    return wrap_model(model, config)


def _add_head(model: PreTrainedModel, plan: AdapterPlan) -> nn.Module:
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(any(part in plan.new_modules for part in name.split(".")))
    return model


def _add_full(model: PreTrainedModel, plan: AdapterPlan) -> nn.Module:
    for parameter in model.parameters():
        parameter.requires_grad_(True)
    return model


METHODS = {
    "lora": Method(_add_lora, is_shipped=True, summary="low-rank updates of chosen linear layers (Hu et al. 2021)"),
    "head": Method(_add_head, is_shipped=False, summary="the encoder stays frozen, only the head learns (control)"),
    "full": Method(_add_full, is_shipped=False, summary="all weights learn (control)"),
}
