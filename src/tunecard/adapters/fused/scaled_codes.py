"""Codes of eight bits with a scale for every output: what int8 and float8 weights have alike."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import torch
from torch import Tensor

from tunecard.adapters.fused.frozen_weight import size_of, some_rows


@dataclass
class ScaledCodes:
    """codes (out, in) of one byte; scales (out, 1) fp32; bias (out,); dtype of what goes in and comes out."""

    codes: Tensor
    scales: Tensor
    bias: Tensor | None
    dtype: torch.dtype
    multiplied: str = ""

    @property
    def bytes(self) -> int:
        """As `FrozenWeight` has it."""
        return size_of(self.codes, self.scales)

    @property
    def inputs(self) -> int:
        """As `FrozenWeight` has it."""
        return self.codes.shape[1]

    def dense(self, dtype: torch.dtype) -> Tensor:
        """(out, in) what it stands for."""
        return (self.codes.float() * self.scales).to(dtype)

    def rows(self, start: int, stop: int) -> Self:
        """The same of some outputs, over the same memory; it has multiplied nothing yet."""
        bias = some_rows(self.bias, start, stop)
        return replace(self, codes=self.codes[start:stop], scales=self.scales[start:stop], bias=bias, multiplied="")
