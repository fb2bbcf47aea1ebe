"""Frozen linear layers into one weight of the form that is asked for; their parameters become its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from tunecard.adapters.fused.float8_weight import Float8Weight
from tunecard.adapters.fused.frozen_weight import HELD, DenseWeight, FrozenWeight, Stored
from tunecard.adapters.fused.int8_products import Int8Products
from tunecard.adapters.fused.small_weights import Int8Weight, Nf4Weight

SMALL: dict[str, Any] = {
    "int8": Int8Weight, "nf4": Nf4Weight, "float8": Float8Weight, "int8-products": Int8Products,
}  # fmt: skip


ROWS_AT_ONCE = 256


@dataclass(frozen=True)
class Storage:
    """How frozen layers are multiplied and stored."""

    compute: torch.dtype = torch.float32
    stored: Stored = "full"


def freeze(layers: Sequence[nn.Linear], storage: Storage) -> FrozenWeight:
    """One weight of all layers' rows. Nothing is stored twice: their parameters are views of it afterwards."""
    bias = None if layers[0].bias is None else _joined([layer.bias for layer in layers], storage.compute)
    if storage.stored == "full":
        return DenseWeight(_joined([layer.weight for layer in layers], storage.compute), bias)
    weight = _stored_smaller(layers, bias, storage)
    start = 0
    for layer in layers:
        layer.weight.data = weight.codes[start : start + layer.out_features]
        start += layer.out_features
    return weight


def _stored_smaller(layers: Sequence[nn.Linear], bias: Tensor | None, storage: Storage) -> FrozenWeight:
    """Some rows at a time: every form looks at one row alone, and what is there in fp32 meanwhile stays small."""
    parts: list[Any] = [
        SMALL[storage.stored].of(rows.float(), None, storage.compute)
        for layer in layers
        for rows in torch.split(layer.weight.detach(), ROWS_AT_ONCE)
    ]
    codes, scales = (torch.cat([getattr(part, name) for part in parts]) for name in ("codes", "scales"))
    weight: FrozenWeight = replace(parts[0], codes=codes, scales=scales, bias=bias)
    return weight


def rounded(weight: Tensor, storage: Storage) -> Tensor:
    """The values (out, in) in fp32 that a weight in fp32 stands for once it is stored; rounded again, they stay."""
    if storage.stored == "full":
        return weight.to(storage.compute).float()
    values: Tensor = SMALL[storage.stored].of(weight, None, storage.compute).dense(torch.float32)
    return values


def round_in_place(layer: nn.Linear, storage: Storage) -> None:
    """Gives a layer, in the type that it has, the values that it would stand for: for who reads its weight itself."""
    layer.weight.data = rounded(layer.weight.detach().float(), storage).to(layer.weight.dtype)


def is_small(layer: nn.Module) -> bool:
    """Whether a layer's parameter is no longer what its stock forward could multiply."""
    return HELD in layer.__dict__ and not isinstance(layer.__dict__[HELD], DenseWeight)


def _joined(parameters: Sequence[Any], dtype: torch.dtype) -> Tensor:
    """One tensor of all parameters' rows, of which they become views."""
    if len(parameters) == 1:
        parameters[0].data = parameters[0].data.to(dtype)
        only: Tensor = parameters[0].detach()
        return only
    joined = torch.cat([parameter.detach().to(dtype) for parameter in parameters])
    start = 0
    for parameter in parameters:
        parameter.data = joined[start : start + len(parameter)]
        start += len(parameter)
    return joined
