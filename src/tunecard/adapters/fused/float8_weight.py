"""A frozen weight in float8: both factors of its product are e4m3 with a scale a row, sums are in more bits.

Forward, every token is scaled by its own largest value, then rounded. Backward, the gradient is no float8: it is
multiplied by the values that the weight stands for. From Hopper on `torch._scaled_mm` multiplies in float8 units.
Elsewhere the same eight-bit values, all of which bf16 holds exactly, are multiplied as bf16 and scaled afterwards.
Source: Micikevicius et al. 2022, arXiv:2209.05433 (the format); Noune et al. 2022, arXiv:2206.02915 (scales).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from tunecard.adapters.fused.frozen_weight import factors
from tunecard.adapters.fused.products import input_gradient, linear_product
from tunecard.adapters.fused.scaled_codes import ScaledCodes
from tunecard.adapters.fused.small_weights import largest

E4M3 = torch.float8_e4m3fn
MOST = torch.finfo(E4M3).max
# Whose float8 units take a scale a row (NVIDIA's compute capability), and what they want dimensions to be multiples of.
FIRST_FLOAT8 = (9, 0)
MULTIPLE = 16


@dataclass
class Float8Weight(ScaledCodes):
    """codes (out, in) e4m3; scales (out, 1) fp32."""

    @classmethod
    def of(cls, weight: Tensor, bias: Tensor | None, dtype: torch.dtype) -> Float8Weight:
        """From (out, in) in fp32."""
        codes, scales = in_float8(weight)
        return cls(codes, scales, bias, dtype)

    def product(self, x: Tensor) -> Tensor:
        codes, scales = in_float8(x.float())
        if self._takes_units(x):
            self.multiplied = factors(codes, self.codes)
            return self._by_units(codes, scales)
        self.multiplied = f"{factors(codes, self.codes)}, as {factors(x, x)}"
        sums = linear_product(codes.to(self.dtype), self.codes.to(self.dtype)).float()
        out = sums.mul_(scales).mul_(self.scales.t())
        return (out if self.bias is None else out.add_(self.bias)).to(self.dtype)

    def input_gradient(self, grad: Tensor) -> Tensor:
        return input_gradient(grad, self.dense(grad.dtype))

    def _takes_units(self, x: Tensor) -> bool:
        is_whole = all(size % MULTIPLE == 0 for size in self.codes.shape)
        return is_whole and self.dtype == torch.bfloat16 and has_float8_units(x.device)

    def _by_units(self, codes: Tensor, scales: Tensor) -> Tensor:
        out: Tensor = torch._scaled_mm(
            codes, self.codes.t(), scale_a=scales, scale_b=self.scales.t(), bias=self.bias, out_dtype=self.dtype,
            use_fast_accum=True,
        )  # fmt: skip
        return out


def in_float8(rows: Tensor) -> tuple[Tensor, Tensor]:
    """(N, in) in fp32 as e4m3, and the scale of every row, (N, 1)."""
    scales = largest(rows, dim=1) / MOST
    return (rows / scales).clamp(-MOST, MOST).to(E4M3), scales


@cache
def has_float8_units(device: torch.device) -> bool:
    """Whether a device multiplies float8 by float8 with a scale a row."""
    if device.type != "cuda" or torch.version.hip is not None:
        return False
    return torch.cuda.get_device_capability(device) >= FIRST_FLOAT8
