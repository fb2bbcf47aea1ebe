"""Linear weights as they come back from int8, computed in fp32: what shipping a model so small would change."""

from __future__ import annotations

import torch
from torch import nn

from tunecard.adapters.fused.small_weights import Int8Weight


def round_linear_weights(model: nn.Module) -> int:
    """Rounds the weight of each linear layer in place: a scale for every output, its absolute largest value to 127.

    Activations, biases, embeddings and norms stay as they are.

    Returns: how many layers were rounded.
    """
    linear = [module for module in model.modules() if type(module) is nn.Linear]
    with torch.no_grad():
        for module in linear:
            module.weight.data = Int8Weight.of(module.weight.data, None, torch.float32).dense(module.weight.dtype)
    return len(linear)
