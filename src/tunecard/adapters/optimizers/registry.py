"""The optimizers by the names that methods have for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from tunecard.adapters.optimizers.lora_fa import make_lora_fa
from tunecard.adapters.optimizers.lora_plus import make_lora_plus

Groups = Sequence[dict[str, Any]]  # of parameters, as torch's optimizers take them
ADAMW = "adamw"
Make = Callable[[nn.Module, Groups, Mapping[str, Any]], torch.optim.Optimizer]


def make_adamw(model: nn.Module, groups: Groups, settings: Mapping[str, Any]) -> torch.optim.Optimizer:
    """Fused AdamW: one pass over the weights instead of ten."""
    return torch.optim.AdamW(list(groups), fused=True)


OPTIMIZERS: dict[str, Make] = {ADAMW: make_adamw, "lora-plus": make_lora_plus, "lora-fa": make_lora_fa}
