"""One low-rank update of some columns of a product, forward and backward: in C where that is at hand, else in torch.

Both compute the same; dropout draws from torch's generator in either, but other masks.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from tunecard.adapters.fused.products import input_gradient, linear_product
from tunecard.encoders.keep_mask import apply_keep_mask, draw_keep_mask
from tunecard.kernels import AppliedUpdate, add_low_rank, differentiate_low_rank, takes_kernels


@dataclass(frozen=True)
class LowRank:
    """An update s · B A of the columns [start, stop), with dropout `p` on its input.

    A is (rank, in), B is (stop - start, rank); both learn, in fp32. `tokens` is the stretch that it updates: all of
    them, or those of one of several adapters that learn at once; contiguous, so that nothing is gathered or copied.
    """

    start: int
    stop: int
    a: Tensor
    b: Tensor
    scaling: float
    p: float
    tokens: slice = field(default_factory=lambda: slice(None))


def apply_update(update: LowRank, x: Tensor, out: Tensor) -> Tensor | AppliedUpdate | None:
    """Adds the update of `x` (N, in) to its columns of `out` (N, all columns), both in the compute type.

    Returns: what `differentiate_update` needs again: the bytes of the mask, or what the kernel keeps.
    """
    own, columns = x[update.tokens], out[update.tokens, update.start : update.stop]
    if _takes_kernels(update, own, columns):
        return add_low_rank(own, update.a, update.b, columns, update.scaling, update.p)
    mask = draw_keep_mask(own.shape, update.p, own.device) if update.p > 0 else None
    low = linear_product(_after_dropout(own, mask, update.p), update.a.to(x.dtype))  # (n, rank)
    columns.addmm_(low, update.b.to(x.dtype).t(), alpha=update.scaling)
    return mask


def differentiate_update(
    update: LowRank, applied: Tensor | AppliedUpdate | None, x: Tensor, grad: Tensor, grad_x: Tensor | None
) -> tuple[Tensor, Tensor]:
    """Gradients of A and B; that of `x` is added to `grad_x` (N, in), where it is asked for.

    Args:
        applied: as `apply_update` gave it. x: as it was given there.
        grad: (N, all columns) of what was updated.
    """
    own, columns = x[update.tokens], grad[update.tokens, update.start : update.stop]
    own_grad_x = None if grad_x is None else grad_x[update.tokens]
    if isinstance(applied, AppliedUpdate):
        return differentiate_low_rank(own, update.a, update.b, columns, own_grad_x, applied)
    a, b = update.a.to(grad.dtype), update.b.to(grad.dtype)
    dropped = _after_dropout(own, applied, update.p)
    low = linear_product(dropped, a)  # (n, rank), cheaper to compute again than to keep
    grad_low = input_gradient(columns, b).mul_(update.scaling)  # (n, rank)
    if own_grad_x is not None:
        _add_through_dropout(own_grad_x, input_gradient(grad_low, a), applied, update.p)
    return grad_low.t() @ dropped, (low.t() @ columns).t().mul(update.scaling)


def _takes_kernels(update: LowRank, own: Tensor, columns: Tensor) -> bool:
    is_fp32 = update.a.dtype == update.b.dtype == torch.float32
    return is_fp32 and own.stride(-1) == 1 and takes_kernels(own, columns)


def _after_dropout(flat: Tensor, mask: Tensor | None, p: float) -> Tensor:
    return flat if mask is None else apply_keep_mask(flat, mask, p)


def _add_through_dropout(total: Tensor, grad: Tensor, mask: Tensor | None, p: float) -> None:
    if mask is None:
        total.add_(grad)
    elif p < 1:
        total.addcmul_(grad, mask.to(grad.dtype), value=1 / (1 - p))
