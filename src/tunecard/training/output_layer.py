"""Where a model's logits come from."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn


def output_layer(model: nn.Module, new_modules: Sequence[str], outputs: int) -> nn.Linear | None:
    """The last of `output_layers` that has a bias; under PEFT the copy that learns. None where there is none."""
    return next(
        (layer for layer in reversed(output_layers(model, new_modules, outputs)) if layer.bias is not None), None
    )


def output_layers(model: nn.Module, new_modules: Sequence[str], outputs: int) -> list[nn.Linear]:
    """Linear layers of the head that give as many numbers as there are labels, in the order of the model.

    The last is what makes logits, where they come from a linear layer at all.

    Args:
        new_modules: names of the modules that are trained whole, the output layer among them.
        outputs: how many labels there are.
    """
    return [
        module
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear)
        and module.out_features == outputs
        and any(part in new_modules for part in name.split("."))
    ]
