"""A frozen linear layer with low-rank updates of some of its columns, forward and backward as one step.

    y = x Wᵀ + b,   y[:, columns] += s · dropout(x) Aᵀ Bᵀ

Only what the backward pass cannot do without is kept: the input in the compute type and the dropout bytes. W gets no
gradient and may be stored in fewer bits (`frozen_weight.py`). Several projections of the same input (query, key, value)
lie in one W.
Source: Hu et al. 2021, arXiv:2106.09685 (the layer); Cherniuk et al. 2023, arXiv:2312.03415 (its backward written out).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from tunecard.adapters.fused.frozen_weight import FrozenWeight
from tunecard.adapters.fused.low_rank import LowRank, apply_update, differentiate_update


class _FusedLinear(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: FrozenWeight, sizes: Sequence[int], updates: Sequence[LowRank], *learned: Tensor
    ) -> tuple[Tensor, ...]:  # fmt: skip
        flat = x.reshape(-1, x.shape[-1]).to(weight.dtype)  # (N, in)
        out = weight.product(flat)  # (N, out)
        applied = [apply_update(update, flat, out) for update in updates]
        # Masks are released as soon as they have been used; what kernels keep is small.
        masks = [one if isinstance(one, Tensor) else None for one in applied]
        ctx.save_for_backward(flat if updates else None, *masks, *learned)
        kept = [None if isinstance(one, Tensor) else one for one in applied]
        ctx.settings = (weight, updates, kept, x.shape, x.dtype)
        shaped = out.view(*x.shape[:-1], out.shape[-1])
        return torch.split(shaped, list(sizes), dim=-1)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Any, ...]:
        weight, updates, kept, shape, dtype = ctx.settings
        flat, *saved = ctx.saved_tensors
        grad = _joined_gradients(grads, weight.dtype)  # (N, out)
        grad_x = weight.input_gradient(grad) if ctx.needs_input_grad[0] else None
        grad_learned: list[Tensor] = []
        for update, one, mask in zip(updates, kept, saved, strict=False):
            grad_learned += differentiate_update(update, one if mask is None else mask, flat, grad, grad_x)
        learned = saved[len(updates) :]
        shaped = None if grad_x is None else grad_x.view(shape).to(dtype)
        as_learned = [grad.to(tensor.dtype) for grad, tensor in zip(grad_learned, learned, strict=True)]
        return (shaped, None, None, None, *as_learned)


def fused_linear(
    x: Tensor, weight: FrozenWeight, sizes: Sequence[int], updates: Sequence[LowRank]
) -> tuple[Tensor, ...]:
    """A frozen layer with updates of some columns.

    Args:
        x: (..., in).
        weight: (out, in), with its bias; its type is the compute type of every product here.
        sizes: how the out columns are parted, summing to out.
        updates: each of columns that lie within one part; tokens are counted over all leading dimensions of `x`.
    Returns: a (..., size) tensor a part, in the compute type; parts share memory and must not be changed in place.
    """
    learned = [tensor for update in updates for tensor in (update.a, update.b)]
    arguments = (x, weight, tuple(sizes), tuple(updates), *learned)
    parts: tuple[Tensor, ...] = _FusedLinear.apply(*arguments)  # type: ignore[no-untyped-call]
    return parts


def _joined_gradients(grads: Sequence[Tensor | None], dtype: torch.dtype) -> Tensor:
    """The parts' gradients as one (N, out) matrix: without a copy where attention wrote them into one buffer."""
    known = [grad for grad in grads if grad is not None]
    flat = [grad.reshape(-1, grad.shape[-1]) if grad is not None else None for grad in grads]
    if len(grads) == 1:
        return known[0].reshape(-1, known[0].shape[-1]).to(dtype)
    whole = _common_buffer(known) if len(known) == len(grads) else None
    if whole is None:
        rows = next(grad.shape[0] for grad in flat if grad is not None)
        filled = [known[0].new_zeros(rows, known[0].shape[-1]) if grad is None else grad for grad in flat]
        whole = torch.cat(filled, dim=1)
    return whole.to(dtype)


def _common_buffer(parts: Sequence[Tensor]) -> Tensor | None:
    """The matrix whose neighbouring column blocks `parts` are, if they are."""
    first = parts[0]
    width, total = first.shape[-1], sum(part.shape[-1] for part in parts)
    rows = first.numel() // width
    at = first.storage_offset()
    for part in parts:
        is_next = (
            part.untyped_storage().data_ptr() == first.untyped_storage().data_ptr() and part.storage_offset() == at
        )
        if not is_next or part.stride(-1) != 1 or part.stride(-2) != total or part.numel() != rows * part.shape[-1]:
            return None
        at += part.shape[-1]
    return first.as_strided((rows, total), (total, 1))
