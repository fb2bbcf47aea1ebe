"""Softmax attention inside each packed row, with its gradient: source/attention.c."""

from __future__ import annotations

import ctypes
from typing import Any, NamedTuple

import torch
from torch import Tensor

from tunecard.kernels.dropout import Dropout, draw_dropout
from tunecard.kernels.library import KINDS, address, call, takes_kernels


class _Job(ctypes.Structure):
    """`struct attention`."""

    _fields_ = [
        *((name, ctypes.c_void_p) for name in ("query", "key", "value", "out", "grad_out")),
        *((name, ctypes.c_void_p) for name in ("grad_query", "grad_key", "grad_value", "log_sums", "starts")),
        *((f"{name}_row", ctypes.c_int64) for name in ("query", "key", "value", "out", "grad_out")),
        *((f"{name}_row", ctypes.c_int64) for name in ("grad_query", "grad_key", "grad_value")),
        *((name, ctypes.c_int64) for name in ("rows", "heads", "width", "window", "asks_first", "kind")),
        ("scaling", ctypes.c_double),
        ("dropout", Dropout),
    ]


class _Rule(NamedTuple):
    starts: Tensor
    scaling: float
    p: float
    window: int
    real_tokens: int


class _Attention(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, query: Tensor, key: Tensor, value: Tensor, rule: _Rule) -> Tensor:
        query, key, value = (_with_whole_heads(tensor) for tensor in (query, key, value))
        asks_first = query.shape[0] != key.shape[0]
        out = _empty_but_for_fill(query.shape, query, len(rule.starts) - 1 if asks_first else rule.real_tokens)
        log_sums = torch.empty(query.shape[:2])
        job = _Job(
            **_places(query=query, key=key, value=value, out=out), log_sums=address(log_sums),
            starts=address(rule.starts), rows=len(rule.starts) - 1, heads=key.shape[1], width=key.shape[2],
            window=rule.window, asks_first=asks_first, kind=KINDS[query.dtype], scaling=rule.scaling,
            dropout=draw_dropout(rule.p),
        )  # fmt: skip
        call("tunecard_attend", job)
        ctx.save_for_backward(query, key, value, out, log_sums)
        ctx.job, ctx.rule = job, rule
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        query, key, _, out, _ = ctx.saved_tensors
        job, rule = ctx.job, ctx.rule
        grad_out = _with_whole_heads(grads[0].to(out.dtype))
        # One buffer for neighbouring projections: a fused one reads its gradient as one matrix.
        tokens, heads, width = key.shape
        if query.shape[0] == tokens:
            joint = _empty_but_for_fill((tokens, 3, heads, width), key, rule.real_tokens)
            grad_query, grad_key, grad_value = joint[:, 0], joint[:, 1], joint[:, 2]
        else:
            joint = _empty_but_for_fill((tokens, 2, heads, width), key, rule.real_tokens)
            grad_query, grad_key, grad_value = torch.empty_like(query), joint[:, 0], joint[:, 1]
        places = _places(grad_out=grad_out, grad_query=grad_query, grad_key=grad_key, grad_value=grad_value)
        for name, place in places.items():
            setattr(job, name, place)
        call("tunecard_attend_backward", job)
        return grad_query, grad_key, grad_value, None


def attend_rows(  # noqa: PLR0913 - what attention is made of
    query: Tensor,
    key: Tensor,
    value: Tensor,
    starts: Tensor,
    *,
    scaling: float,
    p: float,
    window: int,
    real_tokens: int,
) -> Tensor:
    """Softmax attention inside each row; scores in fp32.

    Args:
        query: (T, heads, width), or (B, heads, width) where only the first token of each row asks; fp32 or bf16.
        key, value: (T, heads, width) of the same type.
        starts: (B + 1) int64, first tokens of the rows; tokens from `real_tokens` on belong to none.
        p: dropout of the probabilities.
        window: a token attends to tokens less than this far away; 0: to all of its row.
    Returns: as `query`; zero for tokens that belong to no row.
    """
    out: Tensor = _Attention.apply(query, key, value, _Rule(starts, scaling, p, window, real_tokens))  # type: ignore[no-untyped-call]
    return out


def takes_attention(query: Tensor, key: Tensor) -> bool:
    """Whether the kernel has these types and widths; rows may be of any length."""
    return query.dtype == key.dtype and takes_kernels(query, key)


def _with_whole_heads(tensor: Tensor) -> Tensor:
    """(tokens, heads, width) whose heads lie one after the other; copied only where they do not."""
    is_whole = tensor.stride(2) == 1 and tensor.stride(1) == tensor.shape[2]
    return tensor if is_whole else tensor.contiguous()


def _places(**tensors: Tensor) -> dict[str, Any]:
    places: dict[str, Any] = {name: address(tensor) for name, tensor in tensors.items()}
    return places | {f"{name}_row": tensor.stride(0) for name, tensor in tensors.items()}


def _empty_but_for_fill(shape: Any, like: Tensor, real: int) -> Tensor:
    empty = like.new_empty(shape)
    empty[real:] = 0
    return empty
