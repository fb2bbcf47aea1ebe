"""Which number types a training was computed in, read from its tensors when its first step is taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from tunecard.adapters.fused.frozen_weight import held_weights, type_name

PRODUCTS, LOGITS, FROZEN, TRAINED = "products of frozen layers", "logits", "frozen weights", "trainable weights"
GRADIENTS, MOMENTS = "gradients", "optimizer moments"
OUTPUTS = "outputs of linear layers"


def types_of(tensors: Iterable[Tensor]) -> str:
    """Every type once, by name, or "none"."""
    return ", ".join(sorted({type_name(tensor.dtype) for tensor in tensors})) or "none"


def weight_types(model: nn.Module) -> dict[str, str]:
    """In which types weights are stored: those that do not learn, and those that do."""
    return {
        where: types_of(weight for weight in model.parameters() if weight.requires_grad == learns)
        for where, learns in ((FROZEN, False), (TRAINED, True))
    }


def product_types(model: nn.Module) -> dict[str, str]:
    """Of the last pass, what frozen layers multiplied; nothing where stock PEFT's layers did it."""
    multiplied = {weight.multiplied for weight in held_weights(model)} - {""}
    return {PRODUCTS: ", ".join(sorted(multiplied))} if multiplied else {}


def moment_types(optimizer: torch.optim.Optimizer) -> dict[str, str]:
    """In which types an optimizer keeps what it knows of each weight; nothing before it has taken a step."""
    kept = [one for state in optimizer.state.values() for key, one in state.items() if key.startswith("exp_avg")]
    return {MOMENTS: types_of(kept)} if kept else {}


@contextmanager
def output_types(model: nn.Module, seen: dict[str, str]) -> Iterator[None]:
    """Notes in which types linear layers answer within: the only trace that autocast leaves."""
    found: list[Tensor] = []
    hooks = [
        module.register_forward_hook(lambda layer, inputs, output: found.append(output.detach()[:0]))
        for name, module in model.named_modules()
        if type(module) is nn.Linear and any(part.isdigit() for part in name.split("."))
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
        seen.update({OUTPUTS: types_of(found)} if found else {})
