"""LoRA+: B learns faster than A by a fixed ratio (Hayou et al. 2024), in the groups of PEFT's own optimizer.

The head is no factor: it learns at its own rate, biases and all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import nn


def make_lora_plus(
    model: nn.Module, groups: Sequence[dict[str, Any]], settings: Mapping[str, Any]
) -> torch.optim.Optimizer:
    """AdamW whose rate is `rate_ratio` times that of its group for B, and for biases that learn in the encoder."""
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    return torch.optim.AdamW(list(_parted(groups, names, float(settings["rate_ratio"]))), fused=True)


def _parted(groups: Sequence[dict[str, Any]], names: Mapping[int, str], ratio: float) -> Iterator[dict[str, Any]]:
    for group in groups:
        fast = [p for p in group["params"] if _is_fast(names[id(p)], p)]
        slow = [p for p in group["params"] if not _is_fast(names[id(p)], p)]
        for parameters, times in ((slow, 1.0), (fast, ratio)):
            if parameters:
                yield {**group, "params": parameters, "lr": group["lr"] * times}


def _is_fast(name: str, parameter: nn.Parameter) -> bool:
    if ".modules_to_save." in name:
        return False
    return "lora_B" in name or parameter.ndim == 1
