"""Putting a method, or a control, on a base: only what shall learn requires gradients afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import torch
from peft.tuners.tuners_utils import BaseTunerLayer
from torch import nn
from transformers import PreTrainedModel

from tunecard.adapters.methods.method import AdapterPlan, Settings
from tunecard.adapters.methods.no_methods import why_no_method
from tunecard.adapters.methods.registry import CONTROLS, METHODS
from tunecard.adapters.starts.registry import wrap_at_start
from tunecard.adapters.starts.rows import StartRows
from tunecard.adapters.targets import check_targets, choose_targets, layers_in_blocks
from tunecard.adapters.top_layers import layer_fields
from tunecard.errors import AdapterError, nearest

_NO_LAYERS = (
    "base_model: a {kind!r} has no linear layers inside its blocks, so no update can be put there. Name another base, "
    "such as roberta, bert or modernbert."
)


def add_adapter(model: PreTrainedModel, plan: AdapterPlan, seed: int, rows: StartRows | None = None) -> nn.Module:
    """Wraps `model` by the plan's method; only what shall learn requires gradients afterwards.

    Args:
        rows: that a method with a start of its own begins from; None where its shape alone is asked for.
    Raises: AdapterError: unknown method, a target that matches nothing, or a model that is already wrapped.
    """
    if any(isinstance(module, BaseTunerLayer) for module in model.modules()):
        raise AdapterError("this model already carries an adapter. Load the base afresh.")
    known = [*METHODS, *CONTROLS]
    if plan.method not in known:
        hint = why_no_method(plan.method)
        raise AdapterError(
            f"adapter.method must be one of {', '.join(known)}. Got {plan.method!r}."
            f"{f' {hint}' if hint else nearest(plan.method, known)}"
        )
    torch.manual_seed(seed)
    if plan.method in METHODS:
        chosen = {**plan.settings, **choose_modules(model, plan.method, plan.settings)}
        method = METHODS[plan.method]
        config = {**method.config(replace(plan, settings=chosen)), **layer_fields(model, plan)}
        return wrap_at_start(model, method, config, rows)
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(CONTROLS[plan.method].learns(name, plan.new_modules))
    return model


def choose_modules(model: PreTrainedModel, method: str, settings: Settings) -> dict[str, list[str]]:
    """The layers that settings mean, by key.

    Raises: AdapterError: names that match no linear layer, or belong to the head, and numbers that do not fit the
        layers named; all at once.
    """
    keys = [setting.key for setting in METHODS[method].settings if setting.names_modules]
    if keys and not layers_in_blocks(model):
        raise AdapterError(_NO_LAYERS.format(kind=model.config.model_type))
    chosen = {key: list(choose_targets(model, settings[key])) for key in keys}
    faults = [fault for key in keys for fault in check_targets(model, chosen[key], f"adapter.{key}")]
    faults += METHODS[method].faults({**settings, **chosen})
    faults += [] if faults else METHODS[method].misfits({**settings, **chosen}, layers_in_blocks(model))
    if faults:
        raise AdapterError(faults)
    return chosen


def trainable_state(model: nn.Module) -> dict[str, torch.Tensor]:
    """Every trainable tensor by name: what a checkpoint must hold (frozen weights come from the base)."""
    return {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}


def put_trainable_state(model: nn.Module, learned: Mapping[str, torch.Tensor]) -> None:
    """Gives a model the values of what it has learned, by the names of `trainable_state`."""
    with torch.no_grad():
        for name, tensor in trainable_state(model).items():
            tensor.copy_(learned[name])
