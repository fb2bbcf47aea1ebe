"""norm(residual + dropout(x)) with its gradient: source/residual_norm.c."""

from __future__ import annotations

import ctypes
from typing import Any, NamedTuple

import torch
from torch import Tensor

from tunecard.kernels.dropout import Dropout, draw_dropout
from tunecard.kernels.library import KINDS, address, call, takes_kernels
from tunecard.kernels.rounding import Rounded


class _Job(ctypes.Structure):
    """`struct residual_norm`."""

    _fields_ = [
        *((name, ctypes.c_void_p) for name in ("x", "residual", "weight", "bias", "sum", "out", "mean", "deviation")),
        *((name, ctypes.c_void_p) for name in ("grad_out", "grad_x", "grad_residual")),
        *((name, ctypes.c_int64) for name in ("rows", "width", "kind")),
        ("epsilon", ctypes.c_double),
        ("dropout", Dropout),
        ("rounded", Rounded),
        ("short_out", ctypes.c_void_p),
    ]


class _Rule(NamedTuple):
    weight: Tensor
    bias: Tensor
    epsilon: float
    p: float


class _ResidualNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, residual: Tensor, rule: _Rule) -> Tensor:
        x, residual = x.contiguous(), residual.contiguous()
        width = x.shape[-1]
        total, out = torch.empty_like(residual), torch.empty_like(residual)
        rows = x.numel() // width
        mean, deviation = torch.empty(2, rows).unbind()
        job = _Job(
            x=address(x), residual=address(residual), weight=address(rule.weight), bias=address(rule.bias),
            sum=address(total), out=address(out), mean=address(mean), deviation=address(deviation),
            rows=rows, width=width,
            kind=KINDS[x.dtype], epsilon=rule.epsilon, dropout=draw_dropout(rule.p),
        )  # fmt: skip
        call("tunecard_residual_norm", job)
        ctx.save_for_backward(total, mean, deviation)
        ctx.job, ctx.rule, ctx.dtype = job, rule, x.dtype
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        total, *_ = ctx.saved_tensors
        job, grad_out = ctx.job, grads[0].contiguous()
        grad_x, grad_residual = torch.empty_like(total, dtype=ctx.dtype), torch.empty_like(total)
        job.grad_out, job.grad_x, job.grad_residual = address(grad_out), address(grad_x), address(grad_residual)
        call("tunecard_residual_norm_backward", job)
        return grad_x, grad_residual, None


def residual_norm(x: Tensor, residual: Tensor, weight: Tensor, bias: Tensor, *, epsilon: float, p: float) -> Tensor:
    """(..., width) norm(residual + dropout(x)) in fp32; the norm's weights get no gradient.

    Args:
        x: (..., width) in fp32 or bf16. residual: the same shape in fp32.
        weight, bias: (width,) in fp32.
        p: dropout of x.
    """
    out: Tensor = _ResidualNorm.apply(x, residual, _Rule(weight, bias, epsilon, p))  # type: ignore[no-untyped-call]
    return out


def takes_residual_norm(x: Tensor, residual: Tensor, weight: Tensor) -> bool:
    """Whether the kernel has these types and shapes."""
    is_fp32 = residual.dtype == weight.dtype == torch.float32
    return is_fp32 and x.shape == residual.shape and takes_kernels(x, residual)
