"""LoftQ's start: the factors hold the largest part of what rounding takes from each weight (Li et al. 2023)."""

from __future__ import annotations

import copy
import math
from typing import Any

import torch
from peft import PeftConfig
from peft.peft_model import PeftModel
from peft.tuners.lora import LoraLayer
from torch import Tensor
from transformers import PreTrainedModel

from tunecard.adapters.fused.freezing import Storage, rounded
from tunecard.adapters.starts.rows import StartRows
from tunecard.adapters.wrapping import wrap_model


def start_from_rounding(model: PreTrainedModel, config: PeftConfig, rows: StartRows) -> PeftModel:
    """The wrapped model, whose updated layers have the values that they will be stored as; rows are not read.

    PEFT's own start of that name rounds by bitsandbytes on a GPU, and leaves out the scaling of the update.
    """
    plain: Any = copy.deepcopy(config)
    steps = plain.loftq_config["loftq_iter"]
    plain.init_lora_weights, plain.loftq_config = True, {}
    wrapped = wrap_model(model, plain)
    layers: list[Any] = [module for module in wrapped.modules() if isinstance(module, LoraLayer)]
    for layer in layers:
        _begin(layer, steps, rows.storage)
    return wrapped


@torch.no_grad()
def _begin(layer: Any, steps: int, storage: Storage) -> None:
    (name,) = layer.active_adapters
    a, b, scaling = layer.lora_A[name].weight, layer.lora_B[name].weight, layer.scaling[name]
    stored, up, down = split_rounded(layer.base_layer.weight.float(), len(a), steps, storage)
    layer.base_layer.weight.data = stored.to(layer.base_layer.weight.dtype)
    found = len(down)  # fewer than the rank where a side of the weight is shorter
    b.zero_()
    a[:found], b[:, :found] = down / math.sqrt(scaling), up / math.sqrt(scaling)


def split_rounded(weight: Tensor, rank: int, steps: int, storage: Storage) -> tuple[Tensor, Tensor, Tensor]:
    """A weight as Q + B A, where Q is rounded: each in turn of what the other one leaves (algorithm 1 of the paper).

    Args:
        weight: (out, in) in fp32.
        steps: how often both are computed; with one, Q is the weight rounded.
    Returns: Q (out, in), B (out, r) and A (r, in).
    """
    up, down = weight.new_zeros(len(weight), 0), weight.new_zeros(0, weight.shape[1])
    stored = weight
    for _ in range(steps):
        stored = rounded(weight - up @ down, storage)
        u, s, v = torch.linalg.svd(weight - stored, full_matrices=False)
        root = s[:rank].sqrt()
        up, down = u[:, :rank] * root, root[:, None] * v[:rank]
    return stored, up, down
