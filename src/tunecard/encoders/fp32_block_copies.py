"""Copies of a model whose blocks are stored in bf16: a few of its blocks each, in fp32.

What a model computes in fp32 can so be asked of every block, and at no time is the whole of it there in fp32.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any

import torch
from torch import nn

from tunecard.encoders.layer_prefix import blocks_name, encoder_blocks
from tunecard.encoders.outputs import inner_model

BLOCKS = 3  # neighbours share one: no block but the model's last is known only as the top of its copy


def is_stored_in_bf16(model: nn.Module) -> bool:
    """Whether blocks came in bf16, and no whole fp32 model is there to be asked."""
    return any(parameter.dtype == torch.bfloat16 for parameter in model.parameters())


def fp32_copies(model: nn.Module) -> Iterator[nn.Module]:
    """One copy after the other; every block is in one of them, every block but the last with one above it.

    A copy has the class, embeddings, head and adapters of the model, and shares trainable parameters and all that is
    not in bf16 with it; it may be packed and fused, and is to be freed before the next is asked for.

    Args:
        model: neither packed nor fused.
    Raises: ValueError: it has no list of blocks.
    """
    blocks = list(encoder_blocks(model))
    for first in range(0, max(1, len(blocks) - 1), BLOCKS - 1):
        yield _copy_with(model, blocks[first : first + BLOCKS])


def widen_blocks(model: nn.Module) -> None:
    """Stores in fp32 what is in bf16, so that stock layers can compute with it; the rounding stays."""
    for parameter in model.parameters():
        if parameter.dtype == torch.bfloat16:
            parameter.data = parameter.data.float()


def _copy_with(model: nn.Module, blocks: Sequence[nn.Module]) -> nn.Module:
    path, _, name = blocks_name(model).rpartition(".")
    holder = inner_model(model).base_model.get_submodule(path)
    whole, few = encoder_blocks(model), nn.ModuleList(blocks)
    holder.register_module(name, few)
    try:
        shared: dict[int, Any] = {id(tensor): tensor for tensor in (*model.parameters(), *model.buffers())}
        # Fusing gives frozen weights another place: what is in blocks is the copy's own.
        own = {id(weight): _in_fp32(weight) for weight in few.parameters() if not weight.requires_grad}
        return deepcopy(model, shared | own)
    finally:
        holder.register_module(name, whole)


def _in_fp32(weight: nn.Parameter) -> nn.Parameter:
    return nn.Parameter(weight.detach().float(), requires_grad=False)
