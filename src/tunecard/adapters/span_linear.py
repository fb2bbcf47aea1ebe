"""A frozen linear layer whose low-rank updates each belong to a stretch of the tokens: several adapters learn at once.

    y = x Wᵀ + b,   y[tokens, columns] += s · dropout(x[tokens]) Aᵀ Bᵀ

The frozen product is one for all tokens. Stretches are contiguous, so that nothing is gathered or copied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from tunecard.adapters.fused_linear import LowRank, add_through_dropout, after_dropout, joined_gradients
from tunecard.adapters.products import input_gradient, linear_product
from tunecard.encoders.keep_mask import draw_keep_mask


@dataclass(frozen=True)
class SpanLowRank(LowRank):
    """A `LowRank` update of the tokens [first, last) alone."""

    first: int
    last: int


class _SpanLinear(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, sizes: Sequence[int], updates: Sequence[SpanLowRank],
        *learned: Tensor,
    ) -> tuple[Tensor, ...]:  # fmt: skip
        flat = x.reshape(-1, x.shape[-1]).to(weight.dtype)  # (N, in)
        out = linear_product(flat, weight, bias)  # (N, out)
        masks: list[Tensor | None] = []
        for update in updates:
            own = flat[update.first : update.last]
            mask = draw_keep_mask(own.shape, update.p, own.device) if update.p > 0 else None
            low = linear_product(after_dropout(own, mask, update.p), update.a.to(weight.dtype))  # (n, rank)
            columns = out[update.first : update.last, update.start : update.stop]
            columns.addmm_(low, update.b.to(weight.dtype).t(), alpha=update.scaling)
            masks.append(mask)
        ctx.save_for_backward(flat, weight, *masks, *learned)
        ctx.settings = (updates, x.shape, x.dtype)
        return tuple(out.view(*x.shape[:-1], out.shape[-1]).split(list(sizes), dim=-1))  # type: ignore[no-untyped-call]

    @staticmethod
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Any, ...]:
        updates, shape, dtype = ctx.settings
        flat, weight, *saved = ctx.saved_tensors
        masks, learned = saved[: len(updates)], saved[len(updates) :]
        grad = joined_gradients(grads, weight.dtype)  # (N, out)
        grad_x = input_gradient(grad, weight) if ctx.needs_input_grad[0] else None
        grad_learned: list[Tensor] = []
        for number, (update, mask) in enumerate(zip(updates, masks, strict=True)):
            a, b = learned[2 * number].to(weight.dtype), learned[2 * number + 1].to(weight.dtype)
            columns = grad[update.first : update.last, update.start : update.stop]
            dropped = after_dropout(flat[update.first : update.last], mask, update.p)
            low = linear_product(dropped, a)  # (n, rank)
            grad_low = input_gradient(columns, b).mul_(update.scaling)
            grad_learned += [grad_low.t() @ dropped, (low.t() @ columns).t().mul(update.scaling)]
            if grad_x is not None:
                own = grad_x[update.first : update.last]
                add_through_dropout(own, input_gradient(grad_low, a), mask, update.p)
        shaped = None if grad_x is None else grad_x.view(shape).to(dtype)
        as_learned = [grad.to(tensor.dtype) for grad, tensor in zip(grad_learned, learned, strict=True)]
        return (shaped, None, None, None, None, *as_learned)


def span_linear(
    x: Tensor, weight: Tensor, bias: Tensor | None, sizes: Sequence[int], updates: Sequence[SpanLowRank]
) -> tuple[Tensor, ...]:
    """A frozen layer with updates of some columns of some tokens.

    Args:
        x: (..., in); tokens are counted over all leading dimensions.
        weight: (out, in), frozen; its type is the compute type of every product here.
        bias: (out,) of the same type.
        sizes: how the out columns are parted, summing to out.
        updates: each of columns within one part and of one stretch of tokens.
    Returns: a (..., size) tensor a part, in the compute type; parts share memory and must not be changed in place.
    """
    learned = [tensor for update in updates for tensor in (update.a, update.b)]
    arguments = (x, weight, bias, tuple(sizes), tuple(updates), *learned)
    parts: tuple[Tensor, ...] = _SpanLinear.apply(*arguments)  # type: ignore[no-untyped-call]
    return parts
