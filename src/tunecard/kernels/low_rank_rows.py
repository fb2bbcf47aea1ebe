"""Low-rank updates of a matrix whose rows have different ones: source/low_rank_rows.c."""

from __future__ import annotations

import ctypes

import numpy as np
import torch
from torch import Tensor

from tunecard.kernels.library import LANES, address, call, takes_kernels


class _Job(ctypes.Structure):
    """`struct low_rank_rows`."""

    _fields_ = [
        *((name, ctypes.c_void_p) for name in ("x", "out", "pieces", "bias")),
        *((name, ctypes.c_int64) for name in ("x_row", "out_row", "count", "inputs", "outputs")),
    ]


Factors = tuple[int, int, int]  # addresses of A and B across, and the rank


def takes_low_rank_rows(x: Tensor, weight: Tensor) -> bool:
    """Whether there is a kernel for inputs of a layer: fp32 on a processor, widths that are multiples of 16."""
    is_wide = weight.shape[0] % LANES == 0
    return is_wide and x.dtype == weight.dtype == torch.float32 and takes_kernels(x, weight)


def factors_of(a: Tensor, b_across: Tensor) -> Factors:
    """What the kernel is told of an update: A (rank, in) and B across (rank, out), contiguous and in fp32, which must
    outlive every call."""
    return a.data_ptr(), b_across.data_ptr(), len(a)


def linear_with_updates(x: Tensor, weight: Tensor, bias: Tensor | None, pieces: np.ndarray) -> Tensor:
    """x Wᵀ + bias + x Aᵀ Bᵀ, each piece of the rows with its own A and B.

    Args:
        x: (N, in), fp32, `takes_low_rank_rows`. weight: (out, in). bias: (out,), contiguous.
        pieces: (P, 5) int64, as `struct piece` has them: first row, rows, and `factors_of` an update, or zeros for
            none. Each of the N rows is in one of them.
    Returns: (N, out).
    """
    out = x.new_empty(len(x), len(weight))
    job = _Job(
        x=address(x), out=address(out), pieces=pieces.ctypes.data, bias=address(bias), x_row=x.stride(0),
        out_row=out.stride(0), count=len(pieces), inputs=x.shape[1], outputs=out.shape[1],
    )  # fmt: skip
    call("tunecard_low_rank_rows", job)
    return out.addmm_(x, weight.t())
