"""Dropout masks from cheap random bits: a byte decides, eight of them come from one 64-bit draw.

torch draws a float an element and compares it: a fifth of a training step on a processor (docs/log.md, "Packed
training"). The probability is exact: where it is no multiple of 1/256, the threshold itself is drawn, so that every
element is dropped with probability `p` (elements of one call share the rounding).
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

LEVELS = 256


def draw_keep_mask(shape: torch.Size, p: float, device: torch.device) -> Tensor:
    """A uint8 tensor of ones, and zeros with probability `p`. Consumes torch's default generator of the device."""
    count = math.prod(shape)
    if device.type != "cpu":
        return (torch.rand(shape, device=device) >= p).to(torch.uint8)
    # The two-argument form draws all 64 bits; the plain one leaves the sign bit zero.
    bits = torch.empty((count + 7) // 8, dtype=torch.int64).random_(-(2**63), None)
    threshold = math.floor(p * LEVELS + float(torch.rand(())))
    if threshold <= 0:
        return torch.ones(shape, dtype=torch.uint8)
    if threshold >= LEVELS:
        return torch.zeros(shape, dtype=torch.uint8)
    # A byte at or above the threshold keeps. Clamping and subtracting stays in bytes; a comparison would not.
    return bits.view(torch.uint8)[:count].clamp_(threshold - 1, threshold).sub_(threshold - 1).view(shape)


def apply_keep_mask(values: Tensor, mask: Tensor, p: float) -> Tensor:
    """`values` where the mask keeps, scaled by 1 / (1 - p), else 0."""
    if p >= 1:
        return torch.zeros_like(values)
    return mask.to(values.dtype).mul_(1 / (1 - p)).mul_(values)


class _Dropout(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor, p: float) -> Tensor:
        mask = draw_keep_mask(values.shape, p, values.device)
        ctx.save_for_backward(mask)
        ctx.p = p
        return apply_keep_mask(values, mask, p)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        (mask,) = ctx.saved_tensors
        return apply_keep_mask(grads[0], mask, ctx.p), None


def cheap_dropout(values: Tensor, p: float) -> Tensor:
    """Dropout with cheap random bits; the values themselves where `p` is 0."""
    if p <= 0:
        return values
    dropped: Tensor = _Dropout.apply(values, p)  # type: ignore[no-untyped-call]
    return dropped


def install_cheap_dropout(model: nn.Module) -> None:
    """Lets every dropout module of `model` draw its mask from cheap bits; on a GPU torch's own kernel is kept."""
    for module in model.modules():
        if type(module) is nn.Dropout:
            module.forward = _forward_of(module)  # type: ignore[method-assign]


def _forward_of(module: nn.Dropout) -> Any:
    def forward(values: Tensor) -> Tensor:
        if not module.training or values.device.type != "cpu":
            return nn.functional.dropout(values, module.p, module.training)
        return cheap_dropout(values, module.p)

    return forward
