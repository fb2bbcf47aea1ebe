"""Where a model's logits come from."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn


def output_layer(model: nn.Module, new_modules: Sequence[str], outputs: int) -> nn.Linear | None:
    """The linear layer with a bias that gives the logits; under PEFT the copy that learns. None where there is none.

    Args:
        new_modules: where it is to be found.
        outputs: how many logits it gives.
    """
    layers = [
        module
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear)
        and module.out_features == outputs
        and module.bias is not None
        and any(part in new_modules for part in name.split("."))
    ]
    return layers[-1] if layers else None
