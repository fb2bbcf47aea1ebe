"""The parity gate: a model takes the fast path only after both paths gave the same answer on a probe batch.

The fast path is packed rows and fused layers. Where a model cannot be packed, or comes out different, it stays as it
was, on the padded path, and the reason is kept for the card.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from tunecard.adapters import fuse_layers, unfuse_layers
from tunecard.encoders import (
    disable_packing,
    enable_packing,
    forward_packed,
    inner_model,
    is_packed,
    pack,
    why_not_packed,
)

# Largest difference from the padded path, as a share of the largest value: of logits, and of each learned gradient.
TOLERANCE = 1e-4
TAKEN = "_fast_path"
PROBE_LENGTHS = (11, 3, 7, 7, 1)


@dataclass(frozen=True)
class FastPath:
    """What the gate found.

    Attributes:
        is_packed: the model is packed and fused; `predict_logits` and `Trainer` then pack its rows.
        reason: why it is not, else None.
        difference: the largest relative difference on the probe batch; None when the paths were not compared.
        fused_layers: linear layers that are computed by the fused function.
        compute_dtype: what their frozen weights are stored and multiplied in.
    """

    is_packed: bool
    reason: str | None
    difference: float | None
    fused_layers: int = 0
    compute_dtype: str = "float32"


def take_fast_path(model: nn.Module, compute_dtype: torch.dtype = torch.float32) -> FastPath:
    """Puts a model on the fast path, if it passes the gate.

    Args:
        model: in fp32, with or without a PEFT adapter; its mode (training or not) is kept.
        compute_dtype: what frozen weights inside blocks are stored and multiplied in afterwards.
    """
    taken: FastPath | None = inner_model(model).__dict__.get(TAKEN)
    if taken is not None and is_packed(model):
        return taken  # weights stored in bf16 could not be compared again
    reason = why_not_packed(model)
    if reason:
        return FastPath(False, reason, None)
    was_training = model.training
    model.eval()
    probe = _probe(model)
    stock_logits, stock_gradients = _answer(model, _padded_logits, probe)
    enable_packing(model)
    fused = fuse_layers(model)
    try:
        logits, gradients = _answer(model, _packed_logits, probe)
        difference = max(_relative(logits, stock_logits), *map(_relative, gradients, stock_gradients), 0.0)
        reason = None if difference <= TOLERANCE else f"it differs from the padded path by {difference:.1g}"
    except (RuntimeError, ValueError, TypeError, IndexError, KeyError, AttributeError) as error:
        # Whatever an unknown architecture trips over, the padded path still works.
        difference, reason = None, f"{type(model).__name__} fails on packed rows: {str(error).splitlines()[0][:200]}"
    if reason:
        disable_packing(model)
        unfuse_layers(model)
        fused = 0
    elif compute_dtype != torch.float32:
        fused = fuse_layers(model, compute_dtype)
        _let_go_of_files(model)
    model.train(was_training)
    dtype = compute_dtype if fused else torch.float32
    path = FastPath(reason is None, reason, difference, fused, str(dtype).removeprefix("torch."))
    inner_model(model).__dict__[TAKEN] = path
    return path


def _let_go_of_files(model: nn.Module) -> None:
    """Copies what is still fp32: as long as one weight is mapped from the base's file, all pages read of it count."""
    for parameter in model.parameters():
        if parameter.dtype == torch.float32:
            parameter.data = parameter.data.clone()


def leave_fast_path(model: nn.Module) -> None:
    """Gives a model its stock forward back. Weights stay in the type that they were stored in."""
    disable_packing(model)
    unfuse_layers(model)


def _probe(model: nn.Module) -> list[list[int]]:
    """Rows of a few lengths, the same ones every time; no padding token among them."""
    config = inner_model(model).config
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(1, int(config.vocab_size), (sum(PROBE_LENGTHS),), generator=generator)
    pad = int(config.pad_token_id or 0)
    ids[ids == pad] = pad + 1 if pad + 1 < int(config.vocab_size) else pad - 1
    longest = int(getattr(config, "max_position_embeddings", 0) or max(PROBE_LENGTHS)) // 2
    return [part.tolist()[: max(1, longest)] for part in torch.split(ids, list(PROBE_LENGTHS))]


def _answer(model: nn.Module, logits_of: Any, probe: list[list[int]]) -> tuple[Tensor, list[Tensor]]:
    """Logits of the probe rows, and gradients of what learns."""
    learned = [parameter for parameter in model.parameters() if parameter.requires_grad]
    with torch.set_grad_enabled(bool(learned)):
        logits = logits_of(model, probe)
        if not learned:
            return logits, []
        # Weights that differ everywhere: no error can hide in a sum.
        weights = torch.linspace(-1, 1, logits.numel(), device=logits.device).view(logits.shape)
        gradients = torch.autograd.grad((logits * weights).sum(), learned, allow_unused=True)
    return logits.detach(), [
        torch.zeros_like(parameter) if gradient is None else gradient
        for gradient, parameter in zip(gradients, learned, strict=True)
    ]


def _padded_logits(model: nn.Module, probe: list[list[int]]) -> Tensor:
    device, pad = next(model.parameters()).device, int(inner_model(model).config.pad_token_id or 0)
    longest = max(map(len, probe))
    ids = torch.tensor([[*row, *[pad] * (longest - len(row))] for row in probe], device=device)
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in probe], device=device)
    logits = model(input_ids=ids, attention_mask=mask).logits
    return (
        logits if logits.ndim == 2 else torch.cat([rows[: len(row)] for rows, row in zip(logits, probe, strict=True)])
    )


def _packed_logits(model: nn.Module, probe: list[list[int]]) -> Tensor:
    batch = pack(probe, range(len(probe))).to(next(model.parameters()).device)
    logits = forward_packed(model, batch)
    order = sorted(range(len(probe)), key=batch.rows.__getitem__)
    if len(logits) == len(probe):
        return logits[order]
    starts = batch.starts.tolist()
    return torch.cat([logits[starts[place] : starts[place + 1]] for place in order])


def _relative(found: Tensor, expected: Tensor) -> float:
    scale = float(expected.abs().max())
    return float((found - expected).abs().max()) / scale if scale > 0 else float(found.abs().max())
