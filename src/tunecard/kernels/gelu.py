"""GELU with the exact normal distribution, and its gradient: source/gelu.c."""

from __future__ import annotations

import ctypes
from typing import Any

import torch
from torch import Tensor

from tunecard.kernels.library import KINDS, address, call


class _Job(ctypes.Structure):
    """`struct gelu`."""

    _fields_ = [
        *((name, ctypes.c_void_p) for name in ("x", "out", "slope")),
        *((name, ctypes.c_int64) for name in ("count", "kind")),
    ]


class _Gelu(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        x = x.contiguous()
        out = torch.empty_like(x)
        slope = torch.empty_like(x) if ctx.needs_input_grad[0] else None
        job = _Job(x=address(x), out=address(out), slope=address(slope), count=x.numel(), kind=KINDS[x.dtype])
        call("tunecard_gelu", job)
        ctx.save_for_backward(slope)
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        (slope,) = ctx.saved_tensors
        grad_x: Tensor = grads[0] * slope
        return grad_x


def gelu(x: Tensor) -> Tensor:
    """x times the probability that a normal number is smaller; any shape whose last dimension is a multiple of 16."""
    out: Tensor = _Gelu.apply(x)  # type: ignore[no-untyped-call]
    return out
