"""A frozen weight as its layer stores and multiplies it: one type for both, or fewer bits with scales beside them."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import torch
from torch import Tensor, nn

from tunecard.adapters.fused.products import input_gradient, linear_product

# How a frozen layer is stored: in the type that it is multiplied in, or smaller; "int8-products" is multiplied so too.
Stored = Literal["full", "int8", "nf4", "float8", "int8-products"]
HELD = "frozen_weight"  # where a layer keeps it


class FrozenWeight(Protocol):
    """The weight (out, in) of one frozen layer, or of several that read one input.

    Attributes:
        dtype: of what goes in and comes out.
        codes: (out, ...) what is stored; the parameters of the layers are its rows.
        bias: (out,) that is added to a product, or None.
        bytes: that weight and scales take. inputs: how many values an output reads.
        multiplied: of the last product the types of both factors, as the tensors had them; "" before the first.
    """

    @property
    def dtype(self) -> torch.dtype: ...

    @property
    def codes(self) -> Tensor: ...

    @property
    def bias(self) -> Tensor | None: ...

    @property
    def bytes(self) -> int: ...

    @property
    def inputs(self) -> int: ...

    @property
    def multiplied(self) -> str: ...

    def product(self, x: Tensor) -> Tensor:
        """(N, in) to (N, out), plus bias."""

    def input_gradient(self, grad: Tensor) -> Tensor:
        """(N, out) to (N, in): by the weight as it is stored."""

    def rows(self, start: int, stop: int) -> FrozenWeight:
        """The same of some outputs, over the same memory."""


@dataclass
class DenseWeight:
    """A weight that is multiplied as it is stored."""

    weight: Tensor
    bias: Tensor | None
    multiplied: str = ""

    @property
    def dtype(self) -> torch.dtype:
        return self.weight.dtype

    @property
    def codes(self) -> Tensor:
        return self.weight

    @property
    def bytes(self) -> int:
        return size_of(self.weight)

    @property
    def inputs(self) -> int:
        return self.weight.shape[1]

    def product(self, x: Tensor) -> Tensor:
        self.multiplied = factors(x, self.weight)
        return linear_product(x, self.weight, self.bias)

    def input_gradient(self, grad: Tensor) -> Tensor:
        return input_gradient(grad, self.weight)

    def rows(self, start: int, stop: int) -> DenseWeight:
        return DenseWeight(self.weight[start:stop], some_rows(self.bias, start, stop))


def without_bias(weight: FrozenWeight) -> FrozenWeight:
    """The same weight, over the same memory, to whose products nothing is added."""
    bare: Any = copy(weight)
    bare.bias = None
    out: FrozenWeight = bare
    return out


def type_name(dtype: torch.dtype) -> str:
    """As findings name a type.

    >>> type_name(torch.bfloat16)
    'bfloat16'
    """
    return str(dtype).removeprefix("torch.")


def factors(x: Tensor, weight: Tensor) -> str:
    """The types of two factors, once where they are the same."""
    return " by ".join(dict.fromkeys(type_name(factor.dtype) for factor in (x, weight)))


def size_of(*tensors: Tensor) -> int:
    """Bytes of all values."""
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def some_rows(bias: Tensor | None, start: int, stop: int) -> Tensor | None:
    """A stretch of a bias, where there is one."""
    return None if bias is None else bias[start:stop]


def held_weights(model: nn.Module) -> list[FrozenWeight]:
    """Those of all layers that hold one, each once."""
    found: Sequence[Any] = [module.__dict__[HELD] for module in model.modules() if HELD in module.__dict__]
    return list({id(weight): weight for weight in found}.values())
