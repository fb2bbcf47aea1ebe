"""Frozen weights in eight or four bits: what they stand for is computed anew for every product, and multiplied.

int8: a scale for every output, absolute largest value to 127. nf4: a scale for every 64 inputs of an output, and the
sixteen values that cut a normal distribution into equal shares.
Sources: Dettmers et al. 2022, arXiv:2208.07339, section 2.1; Dettmers et al. 2023, arXiv:2305.14314, appendix E.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from tunecard.adapters.fused.frozen_weight import factors, size_of, some_rows
from tunecard.adapters.fused.products import input_gradient, linear_product
from tunecard.adapters.fused.scaled_codes import ScaledCodes

BLOCK = 64
NF4 = (
    -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334,
    -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
    0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0,
)  # fmt: skip


@dataclass
class Int8Weight(ScaledCodes):
    """codes (out, in) int8; scales (out, 1) fp32."""

    @classmethod
    def of(cls, weight: Tensor, bias: Tensor | None, dtype: torch.dtype) -> Int8Weight:
        """From (out, in) in fp32."""
        scales = largest(weight, dim=1) / 127
        return cls((weight / scales).round().to(torch.int8), scales, bias, dtype)

    def product(self, x: Tensor) -> Tensor:
        weight = self.dense(self.dtype)
        self.multiplied = f"{factors(x, weight)} from int8"
        return linear_product(x, weight, self.bias)

    def input_gradient(self, grad: Tensor) -> Tensor:
        return input_gradient(grad, self.dense(grad.dtype))


@dataclass
class Nf4Weight:
    """codes (out, bytes) uint8, two inputs a byte, the first in its upper half; scales (out, blocks) fp32.

    Where bitsandbytes is installed, it unpacks them: the same values, on a GPU in one pass.
    """

    codes: Tensor
    scales: Tensor
    inputs: int
    bias: Tensor | None
    dtype: torch.dtype
    multiplied: str = ""

    @classmethod
    def of(cls, weight: Tensor, bias: Tensor | None, dtype: torch.dtype) -> Nf4Weight:
        """From (out, in) in fp32; a last block that is not full is filled up with zeros."""
        padded = functional.pad(weight, (0, -weight.shape[1] % BLOCK))
        blocks = padded.view(len(weight), -1, BLOCK)
        scales = largest(blocks, dim=2)
        book = torch.tensor(NF4, device=weight.device)
        nearest = torch.bucketize(blocks / scales, (book[1:] + book[:-1]) / 2).to(torch.uint8)
        pairs = nearest.view(len(weight), -1, 2)
        codes = pairs[..., 0] * 16 + pairs[..., 1]
        return cls(codes, scales.squeeze(2), weight.shape[1], bias, dtype)

    @property
    def bytes(self) -> int:
        return size_of(self.codes, self.scales)

    def dense(self, dtype: torch.dtype) -> Tensor:
        """(out, in) what it stands for."""
        if has_bitsandbytes():
            values = _unpacked_by_bitsandbytes(self.codes, self.scales)
        else:
            halves = _halves(self.codes.device)[self.codes.int()]  # (out, bytes, 2)
            values = (halves.view(len(halves), -1, BLOCK) * self.scales[..., None]).flatten(1)
        return values[:, : self.inputs].to(dtype)

    def product(self, x: Tensor) -> Tensor:
        weight = self.dense(self.dtype)
        self.multiplied = f"{factors(x, weight)} from nf4"
        return linear_product(x, weight, self.bias)

    def input_gradient(self, grad: Tensor) -> Tensor:
        return input_gradient(grad, self.dense(grad.dtype))

    def rows(self, start: int, stop: int) -> Nf4Weight:
        bias = some_rows(self.bias, start, stop)
        return Nf4Weight(self.codes[start:stop], self.scales[start:stop], self.inputs, bias, self.dtype)


def largest(weight: Tensor, dim: int) -> Tensor:
    """The largest absolute value along a dimension, which stays; 1 where all are 0, so that it may divide."""
    found = weight.abs().amax(dim=dim, keepdim=True)
    return found.masked_fill(found == 0, 1.0)


@cache
def has_bitsandbytes() -> bool:
    """Whether its extra is installed."""
    return find_spec("bitsandbytes") is not None


@cache
def _halves(device: torch.device) -> Tensor:
    """(256, 2) the two values of every byte."""
    book = torch.tensor(NF4, device=device)
    return torch.stack([book.repeat_interleave(16), book.repeat(16)], dim=1)


def _unpacked_by_bitsandbytes(codes: Tensor, scales: Tensor) -> Tensor:
    from bitsandbytes import functional as bits

    shape = torch.Size((len(codes), 2 * codes.shape[1]))
    book = torch.tensor(NF4, device=codes.device)
    state: Any = bits.QuantState(
        scales.flatten().contiguous(), shape=shape, code=book, blocksize=BLOCK, quant_type="nf4", dtype=torch.float32
    )
    values: Tensor = bits.dequantize_4bit(codes.contiguous().view(-1, 1), state)
    return values.view(shape)
