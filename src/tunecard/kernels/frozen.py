"""Products with a frozen weight, in fp32, bf16 or int8: source/frozen.c."""

from __future__ import annotations

import ctypes
from typing import Any

import torch
from torch import Tensor

from tunecard.kernels.library import FACTOR_KINDS, KINDS, LANES, address, call, loaded
from tunecard.kernels.rounding import Rounded


class _Factor(ctypes.Structure):
    """`struct factor`."""

    _fields_ = [*((name, ctypes.c_void_p) for name in ("values", "scales", "shifts")), ("row", ctypes.c_int64)]


class _Job(ctypes.Structure):
    """`struct frozen`."""

    _fields_ = [
        ("a", _Factor),
        ("weight", ctypes.c_void_p),
        *((name, ctypes.c_int64) for name in ("weight_row", "rows", "columns", "depth")),
        *((name, ctypes.c_int) for name in ("kind", "is_across", "rotates")),
        *((name, ctypes.c_void_p) for name in ("weight_scales", "bias", "low", "b_across")),
        ("rank", ctypes.c_int64),
        ("low_scale", ctypes.c_float),
        ("slope", ctypes.c_void_p),
        ("activates", ctypes.c_int),
        *((name, ctypes.c_void_p) for name in ("times", "added")),
        *((name, ctypes.c_int64) for name in ("added_row", "out_row")),
        ("out", ctypes.c_void_p),
        ("out_kind", ctypes.c_int),
    ]


class _Rows(ctypes.Structure):
    """`struct rows` of source/rounding.c."""

    _fields_ = [
        ("to", Rounded),
        ("start", ctypes.c_void_p),
        *((name, ctypes.c_int64) for name in ("rows", "width", "kind")),
    ]


def multiplies_here(factors: torch.dtype) -> bool:
    """Whether this build multiplies frozen weights of this type with instructions made for it."""
    library = loaded()
    return library is not None and bool(library.tunecard_multiplies() >> FACTOR_KINDS[factors] & 1)


def takes_product(x: Tensor, weight: Tensor) -> bool:
    """Whether there is a kernel for these: on a processor, some rows, sizes that are multiples of 16, rows whole."""
    is_there = x.device.type == weight.device.type == "cpu" and x.dtype in KINDS and weight.dtype in FACTOR_KINDS
    sizes = (*weight.shape, x.numel() and LANES)
    is_whole = x.dim() == 2 and x.stride(1) == 1 and weight.stride(1) == 1
    return is_there and is_whole and all(size and size % LANES == 0 for size in sizes)


def frozen_product(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """(N, in) by (out, in) to (N, out), plus bias (out,): fp32 or bf16, both factors alike; sums in fp32."""
    out = x.new_empty(len(x), len(weight))
    factor = _Factor(values=address(x), row=_row(x))
    return _multiply(factor, weight, out, bias=None if bias is None else bias.float(), is_across=False)


def frozen_gradient(grad: Tensor, weight: Tensor) -> Tensor:
    """(N, out) by (out, in) to (N, in), as `frozen_product`."""
    out = grad.new_empty(len(grad), weight.shape[1])
    return _multiply(_Factor(values=address(grad), row=_row(grad)), weight, out, bias=None, is_across=True)


def int8_product(x: Tensor, codes: Tensor, scales: Tensor, bias: Tensor | None) -> Tensor:
    """(N, in) by what (out, in) codes with (out,) scales stand for, to (N, out) of x's type; x is rounded by rows.

    Args:
        x: fp32 or bf16. codes: of a weight whose rows are rotated, as x is here before it is rounded
            (source/hadamard.h). scales, bias: in fp32.
    """
    rounded, _held = _rounded(x, None)
    return _multiply(rounded, codes, x.new_empty(len(x), len(codes)), bias=bias, is_across=False, scales=scales)


def int8_gradient(grad: Tensor, codes: Tensor, scales: Tensor) -> Tensor:
    """(N, out) by the same weight to (N, in), rotated back; the gradient times its scales is rounded by row."""
    rounded, _held = _rounded(grad, scales)
    return _multiply(rounded, codes, grad.new_empty(len(grad), codes.shape[1]), bias=None, is_across=True)


def _rounded(x: Tensor, times: Tensor | None) -> tuple[_Factor, Any]:
    """The rows of x as codes; and what holds their memory, which must outlive the product."""
    x = x.contiguous()
    codes = torch.empty(x.shape, dtype=torch.int8)
    comes_in = times is None  # gradients of outputs are not rotated: the outputs of a weight stay as they are
    scales, shifts = torch.empty(len(x)), torch.empty(len(x), dtype=torch.int32)
    to = Rounded(
        values=address(codes), scales=address(scales), shifts=address(shifts), times=address(times), rotates=comes_in
    )  # fmt: skip
    job = _Rows(to=to, start=address(x), rows=len(x), width=x.shape[1], kind=KINDS[x.dtype])
    call("tunecard_round_rows", job)
    factor = _Factor(values=address(codes), scales=address(scales), shifts=address(shifts), row=x.shape[1])
    return factor, (codes, scales, shifts)


def _multiply(
    factor: _Factor, weight: Tensor, out: Tensor, *, bias: Tensor | None, is_across: bool, scales: Tensor | None = None
) -> Tensor:
    columns, depth = (weight.shape[1], weight.shape[0]) if is_across else weight.shape
    job = _Job(
        a=factor, weight=address(weight), weight_row=_row(weight), rows=len(out), columns=columns, depth=depth,
        kind=FACTOR_KINDS[weight.dtype], is_across=is_across,
        rotates=is_across and weight.dtype == torch.int8, weight_scales=address(scales), bias=address(bias),
        out_row=out.stride(0), out=address(out), out_kind=KINDS[out.dtype],
    )  # fmt: skip
    call("tunecard_multiply", job)
    return out


def _row(matrix: Tensor) -> int:
    """Bytes from row to row."""
    return matrix.stride(0) * matrix.element_size()
