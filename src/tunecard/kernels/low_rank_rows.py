"""Low-rank updates of a matrix whose rows have different ones: source/low_rank_rows.c."""

from __future__ import annotations

import ctypes

import numpy as np
import torch
from torch import Tensor

from tunecard.kernels.library import address, call, takes_kernels


class _Job(ctypes.Structure):
    """`struct low_rank_rows`."""

    _fields_ = [
        *((name, ctypes.c_void_p) for name in ("x", "out", "pieces")),
        *((name, ctypes.c_int64) for name in ("x_row", "out_row", "count", "inputs", "outputs")),
    ]


Factors = tuple[int, int, int]  # addresses of A and B across, and the rank


def takes_low_rank_rows(x: Tensor, out: Tensor) -> bool:
    """Whether there is a kernel for them: fp32 on a processor, widths that are multiples of 16."""
    return x.dtype == out.dtype == torch.float32 and takes_kernels(x, out)


def factors_of(a: Tensor, b_across: Tensor) -> Factors:
    """What the kernel is told of an update: A (rank, in) and B across (rank, out), contiguous and in fp32, which must
    outlive every call."""
    return a.data_ptr(), b_across.data_ptr(), len(a)


def add_low_rank_rows(x: Tensor, out: Tensor, pieces: np.ndarray) -> None:
    """Adds x Aᵀ Bᵀ to rows of `out`, in place, each piece with its own factors.

    Args:
        x: (N, in), fp32. out: (N, out) of the same, perhaps a part of a wider matrix.
        pieces: (P, 5) int64, as `struct piece` has them: first row, rows, and `factors_of` an update. No row is in two.
    """
    job = _Job(
        x=address(x), out=address(out), pieces=pieces.ctypes.data, x_row=x.stride(0), out_row=out.stride(0),
        count=len(pieces), inputs=x.shape[1], outputs=out.shape[1],
    )  # fmt: skip
    call("tunecard_low_rank_rows", job)
