"""Rows rotated by Hadamard matrices, so that no channel is much larger than its neighbours before a row is rounded.

A few channels of an encoder are far larger than all others, and they would set the scale that every value of a row is
rounded by. The matrix is symmetric and its own inverse: a product whose factors are both rotated changes only in how
they round, and what a weight's rotated rows give back is rotated back by the same matrix.
Source: Ashkboos et al. 2024, arXiv:2404.00456 (QuaRot), there with matrices of a row's whole width.
"""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor

SIZES = (64, 16)  # as kernels/source/hadamard.h has them; rows of other widths are left as they are


def rotated(rows: Tensor) -> Tensor:
    """(N, width) in fp32, its values in groups of 64, or 16 where the width is no multiple of that, each times the
    Hadamard matrix of that size over its root. Rotated again, they are what they were."""
    size = next((size for size in SIZES if rows.shape[1] % size == 0), None)
    if size is None:
        return rows
    with torch.autocast(rows.device.type, enabled=False):  # in bf16 a row's largest value would round beyond its scale
        return (rows.reshape(-1, size) @ _hadamard(size, rows.device)).reshape(rows.shape)


@cache
def _hadamard(size: int, device: torch.device) -> Tensor:
    """Sylvester's, over its root: (size, size)."""
    with torch.inference_mode(False):  # whoever asks first may be in it, and others learn
        if size == 1:
            return torch.ones(1, 1, dtype=torch.float32, device=device)
        half = _hadamard(size // 2, device)
        return torch.cat([torch.cat([half, half], 1), torch.cat([half, -half], 1)]) / 2**0.5
