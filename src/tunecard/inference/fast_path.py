"""The parity gate: a model takes the fast path only after both paths gave the same answer on a probe batch.

The fast path is packed rows and fused layers. Where a model cannot be packed, or comes out different, it stays as it
was, on the padded path, and the reason is kept for the card.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from tunecard.adapters import fuse_layers, unfuse_layers, why_padded
from tunecard.counted import counted
from tunecard.encoders import (
    disable_packing,
    fp32_copies,
    inner_model,
    is_packed,
    is_stored_in_bf16,
    why_not_packed,
    widen_blocks,
)
from tunecard.inference.parity import compare_in_bf16, compare_in_fp32
from tunecard.kernels import has_kernels
from tunecard.measurement.stage_seconds import timed

# Largest difference from the padded path, as a share of the largest value: of logits, and of each learned gradient.
TOLERANCE = 1e-4
# The same of logits where both paths round to bf16. Seven architectures with 2 layers and RoBERTa-large with 24, at
# random weights, differ by 0.02 at most.
BF16_TOLERANCE = 0.1
TAKEN = "_fast_path"


@dataclass(frozen=True)
class FastPath:
    """What the gate found.

    Attributes:
        is_packed: the model is packed and fused; `predict_logits` and `Trainer` then pack its rows.
        reason: why it is not, else None.
        difference: the largest relative difference on the probe batch; None when the paths were not compared.
        fused_layers: linear layers that are computed by the fused function.
        compute_dtype: what their frozen weights are stored and multiplied in.
        has_kernels: what is no large product is computed by `tunecard.kernels`, where shapes allow.
    """

    is_packed: bool
    reason: str | None
    difference: float | None
    fused_layers: int = 0
    compute_dtype: str = "float32"
    has_kernels: bool = False


def take_fast_path(model: nn.Module, compute_dtype: torch.dtype = torch.float32) -> FastPath:
    """Puts a model on the fast path, if it passes the gate; one that does not is on the padded path, in fp32.

    Args:
        model: in fp32, or with blocks stored in bf16 (`load_encoder`); with or without a PEFT adapter; its mode
            (training or not) is kept.
        compute_dtype: what frozen weights inside blocks are stored and multiplied in afterwards.
    Raises: ValueError: fp32 is asked for, and the weights were rounded to bf16 already.
    """
    taken: FastPath | None = inner_model(model).__dict__.get(TAKEN)
    if taken is not None and is_packed(model):
        return taken
    is_rounded = is_stored_in_bf16(model)
    if is_rounded and compute_dtype != torch.bfloat16:
        raise ValueError("the blocks of this model are stored in bf16: there is no fp32 to compute in. Load it anew.")
    reason = why_padded(model) or why_not_packed(model)
    if reason:
        widen_blocks(model)
        return FastPath(False, reason, None)
    was_training = model.training
    model.eval()
    told = "Comparing the fast way through the base with the plain one"
    with timed("comparing fast and stock path"), counted(told):
        difference, reason = _pass_gate(model, is_rounded)
    fused = 0
    if reason:
        leave_fast_path(model)
        widen_blocks(model)
    else:
        fused = fuse_layers(model, compute_dtype)
        if compute_dtype != torch.float32 and not is_rounded:  # else `load_encoder` has copied them
            _copy_out_of_files(model)
    model.train(was_training)
    dtype = compute_dtype if fused else torch.float32
    path = FastPath(
        reason is None, reason, difference, fused, str(dtype).removeprefix("torch."),
        fused > 0 and has_kernels(next(model.parameters()).device, dtype),
    )  # fmt: skip
    inner_model(model).__dict__[TAKEN] = path
    return path


def _pass_gate(model: nn.Module, is_rounded: bool) -> tuple[float | None, str | None]:
    """The difference in fp32, and why the model must stay padded, or None: it is on the fast path then.

    Where fp32 is not there as a whole, every block is compared in a copy of it, and the whole in bf16 afterwards.
    """
    difference = None
    try:
        difference = max(map(_compare_copy, fp32_copies(model))) if is_rounded else compare_in_fp32(model)
        if difference > TOLERANCE:
            return difference, f"it differs from the padded path by {difference:.1g}"
        rounded = compare_in_bf16(model) if is_rounded else 0.0
        return (
            difference,
            f"it differs from the padded path by {rounded:.1g} in bf16" if rounded > BF16_TOLERANCE else None,
        )
    except (RuntimeError, ValueError, TypeError, IndexError, KeyError, AttributeError) as error:
        # Whatever an unknown architecture trips over, the padded path still works.
        return difference, f"{type(model).__name__} fails on packed rows: {str(error).splitlines()[0][:200]}"


def _compare_copy(copy: nn.Module) -> float:
    try:
        return compare_in_fp32(copy)
    finally:
        leave_fast_path(copy)  # a fused layer and its forward know each other: neither would be freed before long


def _copy_out_of_files(model: nn.Module) -> None:
    """Copies what is still fp32: as long as one weight is mapped from the base's file, all pages read of it count."""
    for parameter in model.parameters():
        if parameter.dtype == torch.float32:
            parameter.data = parameter.data.clone()


def leave_fast_path(model: nn.Module) -> None:
    """Gives a model its stock forward back. Weights stay in the type that they were stored in."""
    disable_packing(model)
    unfuse_layers(model)
