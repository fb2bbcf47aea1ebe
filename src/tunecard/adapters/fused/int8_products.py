"""A frozen weight in int8 whose two products are in int8 as well: with what comes in, and with the gradient.

The weight has a scale for every output. Its rows, and every token that comes in, are rotated before they are rounded
(`hadamard.py`). Forward, every token is scaled by its own largest value to 127 and rounded to the nearest; sums are
whole numbers, exact, and are scaled back in fp32. Backward, the scales of the outputs are taken into the gradient
first, so that the very same codes serve: there is one copy of the weight.
Source: Wortsman et al. 2023, arXiv:2304.13013 (SwitchBack; there the gradient of a weight that learns stays in 16 bits,
and here no frozen weight has one).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor
from torch.nn import functional

from tunecard.adapters.fused.frozen_weight import factors
from tunecard.adapters.fused.hadamard import rotated
from tunecard.adapters.fused.products import multiplies_itself
from tunecard.adapters.fused.scaled_codes import ScaledCodes
from tunecard.kernels import int8_gradient, int8_product, takes_product

MOST = 127
# From which compute capability GPUs multiply int8 in matrix units, and what `torch._int_mm` wants of sizes there.
FIRST_INT8 = (7, 5)
FEWEST_ROWS = 17
MULTIPLE = 8


@dataclass
class Int8Products(ScaledCodes):
    """codes (out, in) int8, rows rotated; scales (out, 1), bias (out,) fp32; dtype of what goes in and comes out."""

    def __post_init__(self) -> None:
        self.bias = None if self.bias is None else self.bias.float()

    @classmethod
    def of(cls, weight: Tensor, bias: Tensor | None, dtype: torch.dtype) -> Int8Products:
        """From (out, in) in fp32."""
        codes, scales = in_int8(rotated(weight))
        return cls(codes, scales, bias, dtype)

    def dense(self, dtype: torch.dtype) -> Tensor:
        return rotated(super().dense(torch.float32)).to(dtype)

    def product(self, x: Tensor) -> Tensor:
        if self._takes_kernels(x):
            self.multiplied = factors(self.codes, self.codes)
            return int8_product(x, self.codes, self.scales.flatten(), self.bias)
        codes, scales = in_int8(rotated(x.float()))
        self.multiplied = factors(codes, self.codes)
        out = int_product(codes, self.codes.t()).float().mul_(scales).mul_(self.scales.t())
        return (out if self.bias is None else out.add_(self.bias)).to(self.dtype)

    def input_gradient(self, grad: Tensor) -> Tensor:
        if self._takes_kernels(grad):
            return int8_gradient(grad, self.codes, self.scales.flatten())
        codes, scales = in_int8(grad.float() * self.scales.t())
        return rotated(int_product(codes, self.codes).float().mul_(scales)).to(grad.dtype)

    def _takes_kernels(self, x: Tensor) -> bool:
        return x.dtype == self.dtype and multiplies_itself(torch.int8) and takes_product(x, self.codes)


def in_int8(rows: Tensor) -> tuple[Tensor, Tensor]:
    """(N, in) in fp32 as int8 codes, and the scale of every row, (N, 1): codes times scale are the values.

    A row of zeros has scale 1. A row with a value that is not finite has scale NaN, so that nothing of it passes for a
    number.
    """
    if not rows.numel():
        return rows.to(torch.int8), rows.new_ones(len(rows), 1)
    scales = rows.abs().amax(dim=1, keepdim=True) / MOST
    scales = scales.masked_fill(scales == 0, 1.0)
    is_finite = scales.isfinite()
    codes = (rows / scales).round().masked_fill(~is_finite, 0.0).to(torch.int8)
    return codes, scales.masked_fill(~is_finite, torch.nan)


def int_product(a: Tensor, b: Tensor) -> Tensor:
    """(N, K) by (K, M), both int8, to (N, M) in int32: exact for up to 133,000 values a sum."""
    # Sums of one value come out wrong of torch 2.13 on a processor; a zero beside it mends that.
    return _padded_product(a, b) if a.is_cuda or a.shape[1] == 1 else torch._int_mm(a, b)


def _padded_product(a: Tensor, b: Tensor) -> Tensor:
    """The same in the sizes that cuBLAS takes: zeros add nothing to a sum. The second factor lies column by column."""
    more_rows = max(FEWEST_ROWS - a.shape[0], 0)
    more_inner, more_columns = -a.shape[1] % MULTIPLE, -b.shape[1] % MULTIPLE
    left = functional.pad(a, (0, more_inner, 0, more_rows)).contiguous()
    right = functional.pad(b, (0, more_columns, 0, more_inner)).t().contiguous().t()
    return torch._int_mm(left, right)[: a.shape[0], : b.shape[1]]


@cache
def why_no_int8_products(device: torch.device) -> str | None:
    """Why frozen products in int8 are not offered on a device: told by what it has, never by a stopwatch. None: they
    are.

    >>> why_no_int8_products(torch.device("meta"))
    'products in int8 are computed on processors and NVIDIA GPUs, not on meta'
    """
    if device.type == "cuda":
        return _why_not_on_gpu(device)
    if device.type != "cpu":
        return f"products in int8 are computed on processors and NVIDIA GPUs, not on {device.type}"
    if torch.cpu._is_vnni_supported() or torch.cpu._is_amx_tile_supported():
        return None
    return "this processor multiplies no int8 (it has neither AVX-512 VNNI nor AMX)"


def _why_not_on_gpu(device: torch.device) -> str | None:
    if torch.version.hip is not None:
        return "products in int8 were never tried on an AMD GPU"
    capability = torch.cuda.get_device_capability(device)
    if capability < FIRST_INT8:
        return "this GPU multiplies no int8 in matrix units ({}.{}, they begin at {}.{})".format(
            *capability, *FIRST_INT8
        )
    return None
