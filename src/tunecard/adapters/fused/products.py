"""The two products of a frozen linear layer, by the fastest routine that this processor has for them.

This project's own kernels have them where it has instructions for the type and no matrix units. Elsewhere they are
torch's.

For fp32 torch takes MKL, which runs at half of an AVX-512 processor's speed where that is not Intel's; oneDNN, which
torch carries for its compiler, does not (docs/log.md, "Packed training"). Intel's own run MKL at least as fast, without
a new plan for every number of tokens (docs/log.md, "A short run"). Same arithmetic, other order of sums.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from tunecard.kernels import frozen_gradient, frozen_product, multiplies_here, takes_product

CPUINFO = Path("/proc/cpuinfo")
INTEL = "GenuineIntel"


@cache
def has_fast_fp32() -> bool:
    """Whether oneDNN's fp32 product is there and worth taking: decided by instruction set and maker of the processor,
    never by a stopwatch."""
    return not is_made_by_intel(CPUINFO) and multiplies_by_onednn()


@cache
def multiplies_by_onednn() -> bool:
    """Whether oneDNN's fp32 product is there, on a processor that has AVX-512."""
    if torch.backends.cpu.get_cpu_capability() != "AVX512" or not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return False
    try:
        ones = torch.ones(2, 2)
        return bool(torch.equal(_onednn(ones, ones, ones[0]), torch.full((2, 2), 3.0)))
    except (AttributeError, RuntimeError):  # torch's own compiler calls this operator: other versions may lack it
        return False


def is_made_by_intel(cpuinfo: Path) -> bool:
    """Whether the system names Intel as the maker; not where it names none."""
    try:
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    return any(line.partition(":")[2].strip() == INTEL for line in lines if line.startswith("vendor_id"))


def multiplies_itself(dtype: torch.dtype) -> bool:
    """Whether products of this type are worth taking from this project's kernels: by instruction sets and maker of the
    processor, never by a stopwatch."""
    return (
        dtype in {torch.float32, torch.bfloat16, torch.int8} and multiplies_here(dtype) and not _torch_has_more(dtype)
    )


@cache
def _torch_has_more(dtype: torch.dtype) -> bool:
    """MKL on Intel's own processors for fp32; for shorter types oneDNN where there are matrix units."""
    if dtype == torch.float32:
        return is_made_by_intel(CPUINFO)
    return bool(torch.cpu._is_amx_tile_supported())


def linear_product(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """(N, in) by (out, in) to (N, out), plus bias."""
    if _takes_own(x, weight):
        return frozen_product(x, weight, bias)
    return _onednn(x, weight, bias) if _takes_onednn(x) else functional.linear(x, weight, bias)


def input_gradient(grad: Tensor, weight: Tensor) -> Tensor:
    """(N, out) by (out, in) to (N, in)."""
    if _takes_own(grad, weight):
        return frozen_gradient(grad, weight)
    return _onednn(grad, weight.t(), None) if _takes_onednn(grad) else grad @ weight


def _takes_own(x: Tensor, weight: Tensor) -> bool:
    is_own = x.dtype == weight.dtype and x.device.type == "cpu" and multiplies_itself(x.dtype)
    return is_own and takes_product(x, weight)


def _takes_onednn(x: Tensor) -> bool:
    return x.dtype == torch.float32 and x.device.type == "cpu" and x.shape[0] > 0 and has_fast_fp32()


def _onednn(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    product: Tensor = torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], "")
    return product
