"""The parity gate: a model takes the fast path only after both paths gave the same answer on a probe batch.

The fast path is packed rows and fused layers. Where a model cannot be packed, or comes out different, it stays as it
was, on the padded path, and the reason is kept for the card.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import nn

from tunecard.adapters import fuse_layers, unfuse_layers, why_padded
from tunecard.adapters.fused.freezing import Storage
from tunecard.adapters.fused.frozen_weight import Stored, held_weights
from tunecard.adapters.fused.fused_layers import shrink_layers
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
from tunecard.inference.product_distance import Asked, ProductDistance, distance_between
from tunecard.kernels import has_kernels
from tunecard.measurement.freed_memory import give_back_memory
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
        stored: how frozen layers are stored: "full" in `compute_dtype`, or smaller, also on the padded path.
        weights, bytes: of the layers that are stored smaller: how many values, and what they take with their scales.
        products: how far answers moved when frozen layers were stored so, where somebody asked.
    """

    is_packed: bool
    reason: str | None
    difference: float | None
    fused_layers: int = 0
    compute_dtype: str = "float32"
    has_kernels: bool = False
    stored: Stored = "full"
    weights: int = 0
    bytes: int = 0
    products: ProductDistance | None = None


def take_fast_path(
    model: nn.Module,
    compute_dtype: torch.dtype = torch.float32,
    stored: Stored = "full",
    asked: Asked | None = None,
) -> FastPath:
    """Puts a model on the fast path, if it passes the gate; one that does not is on the padded path, in fp32.

    The gate compares the paths before anything is stored smaller: what that costs is no matter of the path.

    Args:
        model: in fp32, or with blocks stored in bf16 (`load_encoder`); with or without a PEFT adapter; its mode
            (training or not) is kept.
        compute_dtype: what frozen weights inside blocks are multiplied in afterwards.
        stored: how they are stored: in that type, or smaller.
        asked: asked of the model before frozen layers are stored smaller and afterwards, on the way that it then takes.
    Raises: ValueError: fp32 is asked for, and the weights were rounded to bf16 already.
    """
    taken: FastPath | None = inner_model(model).__dict__.get(TAKEN)
    if taken is not None and (is_packed(model) or taken.products is not None):
        return taken  # what was compared before it was stored smaller cannot be compared again
    is_rounded = is_stored_in_bf16(model)
    if is_rounded and compute_dtype != torch.bfloat16:
        raise ValueError("the blocks of this model are stored in bf16: there is no fp32 to compute in. Load it anew.")
    reason = why_padded(model) or why_not_packed(model)
    if reason:
        widen_blocks(model)
        moved = _shrink(model, Storage(compute_dtype, stored), asked)
        path = _with_size(FastPath(False, reason, None, stored=stored, products=moved), model)
        inner_model(model).__dict__[TAKEN] = path
        return path
    was_training = model.training
    model.eval()
    told = "Comparing the fast way through the base with the plain one"
    with timed("comparing fast and stock path"), counted(told):
        difference, reason = _pass_gate(model, is_rounded)
    fused = 0
    if reason:
        leave_fast_path(model)
        widen_blocks(model)
        moved = _shrink(model, Storage(compute_dtype, stored), asked)
    else:
        fused, moved = _fuse(model, Storage(compute_dtype, stored), asked)
        if compute_dtype != torch.float32 and not is_rounded:  # else `load_encoder` has copied them
            _copy_out_of_files(model)
    model.train(was_training)
    give_back_memory()  # copies that were compared, and what layers were before
    dtype = compute_dtype if fused else torch.float32
    path = FastPath(
        reason is None, reason, difference, fused, str(dtype).removeprefix("torch."),
        fused > 0 and has_kernels(next(model.parameters()).device, dtype), stored, products=moved,
    )  # fmt: skip
    path = _with_size(path, model)
    inner_model(model).__dict__[TAKEN] = path
    return path


def _shrink(model: nn.Module, storage: Storage, asked: Asked | None) -> ProductDistance | None:
    before = asked(model) if asked else None
    shrink_layers(model, storage)
    return distance_between(before, asked(model)) if asked and before else None


def _fuse(model: nn.Module, storage: Storage, asked: Asked | None) -> tuple[int, ProductDistance | None]:
    """How many layers are fused, and how far that moved what was asked; without storing them smaller they are already,
    but perhaps in fp32."""
    if asked and storage.compute != torch.float32:
        fuse_layers(model, storage.compute)
    before = asked(model) if asked else None
    fused = fuse_layers(model, storage.compute, storage.stored)
    return fused, distance_between(before, asked(model)) if asked and before else None


def _with_size(path: FastPath, model: nn.Module) -> FastPath:
    held = [] if path.stored == "full" else held_weights(model)
    weights = sum(len(weight.codes) * weight.inputs for weight in held)
    return replace(path, weights=weights, bytes=sum(weight.bytes for weight in held))


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
    """Gives a model its stock forward back. Weights stay as they were stored: what is stored smaller cannot compute any
    more, and is to be loaded anew."""
    disable_packing(model)
    unfuse_layers(model)
