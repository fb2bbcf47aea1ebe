"""The two products of a frozen linear layer, by the fastest routine that this processor has for them.

For fp32 torch takes MKL, which runs at half of an AVX-512 processor's speed where that is not Intel's; oneDNN, which
torch carries for its compiler, does not (docs/log.md, "Packed training"). Same arithmetic, other order of sums.
"""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor
from torch.nn import functional


@cache
def has_fast_fp32() -> bool:
    """Whether oneDNN's fp32 product is there and worth taking: decided by the instruction set, never by a stopwatch."""
    if torch.backends.cpu.get_cpu_capability() != "AVX512" or not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return False
    try:
        ones = torch.ones(2, 2)
        return bool(torch.equal(_onednn(ones, ones, ones[0]), torch.full((2, 2), 3.0)))
    except (AttributeError, RuntimeError):  # torch's own compiler calls this operator: other versions may lack it
        return False


def linear_product(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """(N, in) by (out, in) to (N, out), plus bias."""
    return _onednn(x, weight, bias) if _takes_onednn(x) else functional.linear(x, weight, bias)


def input_gradient(grad: Tensor, weight: Tensor) -> Tensor:
    """(N, out) by (out, in) to (N, in)."""
    return _onednn(grad, weight.t(), None) if _takes_onednn(grad) else grad @ weight


def _takes_onednn(x: Tensor) -> bool:
    return x.dtype == torch.float32 and x.device.type == "cpu" and x.shape[0] > 0 and has_fast_fp32()


def _onednn(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    product: Tensor = torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], "")
    return product
