"""A low-rank update of some columns, s B A dropout(x), and its gradients: source/low_rank.c."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

import torch
from torch import Tensor

from tunecard.kernels.dropout import Dropout, draw_dropout
from tunecard.kernels.library import KINDS, address, call


class _Job(ctypes.Structure):
    """`struct low_rank`."""

    _fields_ = [
        *((name, ctypes.c_void_p) for name in ("x", "out", "grad", "grad_x", "a", "b_across", "low", "grad_low")),
        *((name, ctypes.c_void_p) for name in ("grad_a", "grad_b_across")),
        *((name, ctypes.c_int64) for name in ("x_row", "out_row", "grad_row", "grad_x_row")),
        *((name, ctypes.c_int64) for name in ("rows", "inputs", "outputs", "rank", "kind", "grad_x_kind")),
        ("scaling", ctypes.c_double),
        ("dropout", Dropout),
    ]


@dataclass(frozen=True)
class AppliedUpdate:
    """What the backward pass of one update needs again.

    Attributes:
        low: (N, rank) dropout(x) Aᵀ, fp32.
        scaling: s.
        dropout: whose mask is drawn again.
    """

    low: Tensor
    scaling: float
    dropout: Dropout


def add_low_rank(x: Tensor, a: Tensor, b: Tensor, columns: Tensor, scaling: float, p: float) -> AppliedUpdate:
    """Adds scaling · dropout(x) Aᵀ Bᵀ to `columns`, in place; products in fp32.

    Args:
        x: (N, in), fp32 or bf16. columns: (N, out) of the same type, perhaps a part of a wider matrix.
        a: (rank, in), b: (out, rank), in fp32; in and out are multiples of 16.
        p: dropout of x.
    """
    applied = AppliedUpdate(torch.empty(len(x), len(a)), scaling, draw_dropout(p))
    a, b_across = a.contiguous(), b.t().contiguous()
    job = _job(x, a, b_across, applied)
    job.out, job.out_row = address(columns), columns.stride(0)
    call("tunecard_low_rank", job)
    return applied


def differentiate_low_rank(
    x: Tensor, a: Tensor, b: Tensor, grad: Tensor, grad_x: Tensor | None, applied: AppliedUpdate
) -> tuple[Tensor, Tensor]:
    """Gradients of `a` and `b`; that of `x` is added to `grad_x`.

    Args:
        x, a, b: as for `add_low_rank`.
        grad: (N, out) of the updated columns, of x's type. grad_x: (N, in) of x's type, or None.
    """
    a, b_across = a.contiguous(), b.t().contiguous()
    grad_low, grad_a, grad_b_across = torch.empty_like(applied.low), torch.zeros_like(a), torch.zeros_like(b_across)
    job = _job(x, a, b_across, applied)
    job.grad, job.grad_row = address(grad), grad.stride(0)
    job.grad_low, job.grad_a, job.grad_b_across = address(grad_low), address(grad_a), address(grad_b_across)
    if grad_x is not None:
        job.grad_x, job.grad_x_row, job.grad_x_kind = address(grad_x), grad_x.stride(0), KINDS[grad_x.dtype]
    call("tunecard_low_rank_backward", job)
    return grad_a, grad_b_across.t()


def _job(x: Tensor, a: Tensor, b_across: Tensor, applied: AppliedUpdate) -> _Job:
    # The tensors of a job must outlive its call: whoever makes one holds them.
    return _Job(
        x=address(x), x_row=x.stride(0), a=address(a), b_across=address(b_across), low=address(applied.low),
        rows=len(x), inputs=a.shape[1], outputs=b_across.shape[1], rank=len(a), kind=KINDS[x.dtype],
        scaling=applied.scaling, dropout=applied.dropout,
    )  # fmt: skip
