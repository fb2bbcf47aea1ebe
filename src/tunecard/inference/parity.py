"""How far the fast path is from the stock padded one: logits and gradients on a few probe rows.

The fast path is packed rows and fused layers. What difference is too large is for the gate to say (`fast_path.py`).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from tunecard.adapters import fuse_layers
from tunecard.encoders import enable_packing, forward_packed, forward_padded, inner_model, outputs_of, pack

PROBE_LENGTHS = (11, 3, 7, 7, 1)


def compare_in_fp32(model: nn.Module) -> float:
    """The largest difference as a share of the largest value: of logits, and of each learned gradient.

    Args:
        model: in fp32 and evaluation mode, on the stock path; it is left on the fast one, also where that fails.
    """
    probe = probe_rows(model)
    stock_logits, stock_gradients = _answer(model, _padded_logits, probe)
    enable_packing(model)
    fuse_layers(model)
    logits, gradients = _answer(model, _packed_logits, probe)
    return max(_relative(logits, stock_logits), *map(_relative, gradients, stock_gradients), 0.0)


def compare_in_bf16(model: nn.Module) -> float:
    """As `compare_in_fp32` for a model whose blocks are stored in bf16, against the stock path under autocast; of
    logits alone: gradients that sum rounded values differ by more than a fault would have to."""
    probe = probe_rows(model)
    with torch.no_grad():
        with torch.autocast(next(model.parameters()).device.type, torch.bfloat16):
            stock_logits = _padded_logits(model, probe).float()
        enable_packing(model)
        fuse_layers(model, torch.bfloat16)
        return _relative(_packed_logits(model, probe), stock_logits)


def probe_rows(model: nn.Module) -> list[list[int]]:
    """Rows of a few lengths, the same ones every time; no padding token among them."""
    config = inner_model(model).config
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(1, int(config.vocab_size), (sum(PROBE_LENGTHS),), generator=generator)
    pad = int(config.pad_token_id or 0)
    ids[ids == pad] = pad + 1 if pad + 1 < int(config.vocab_size) else pad - 1
    longest = int(getattr(config, "max_position_embeddings", 0) or max(PROBE_LENGTHS)) // 2
    return [part.tolist()[: max(1, longest)] for part in torch.split(ids, list(PROBE_LENGTHS))]


def _answer(model: nn.Module, logits_of: Any, probe: list[list[int]]) -> tuple[Tensor, list[Tensor]]:
    """Logits of the probe rows, and gradients of trainable parameters."""
    learned = [parameter for parameter in model.parameters() if parameter.requires_grad]
    with torch.set_grad_enabled(bool(learned)):
        logits = logits_of(model, probe)
        if not learned:
            return logits, []
        gradients = torch.autograd.grad((logits * _weights(logits)).sum(), learned, allow_unused=True)
    return logits.detach(), [
        torch.zeros_like(parameter) if gradient is None else gradient
        for gradient, parameter in zip(gradients, learned, strict=True)
    ]


def _weights(logits: Tensor) -> Tensor:
    """Weights that differ everywhere: no error can hide in a sum."""
    # Of a head with one output, rows of both signs would cancel to gradients that are nothing but rounding.
    first, last = (0.5, 1.5) if logits.shape[-1] == 1 else (-1.0, 1.0)
    return torch.linspace(first, last, logits.numel(), device=logits.device).view(logits.shape)


def _padded_logits(model: nn.Module, probe: list[list[int]]) -> Tensor:
    device, pad = next(model.parameters()).device, int(inner_model(model).config.pad_token_id or 0)
    longest = max(map(len, probe))
    ids = torch.tensor([[*row, *[pad] * (longest - len(row))] for row in probe], device=device)
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in probe], device=device)
    logits = forward_padded(model, {"input_ids": ids, "attention_mask": mask})
    return (
        logits if logits.ndim == 2 else torch.cat([rows[: len(row)] for rows, row in zip(logits, probe, strict=True)])
    )


def _packed_logits(model: nn.Module, probe: list[list[int]]) -> Tensor:
    batch = pack(probe, range(len(probe))).to(next(model.parameters()).device)
    logits = forward_packed(model, batch)
    order = sorted(range(len(probe)), key=batch.rows.__getitem__)
    if outputs_of(model).of_sequences:
        return logits[order]
    starts = batch.starts.tolist()
    return torch.cat([logits[starts[place] : starts[place + 1]] for place in order])


def _relative(found: Tensor, expected: Tensor) -> float:
    if not expected.numel():  # of an update that has no rank left
        return 0.0
    scale = float(expected.abs().max())
    return float((found - expected).abs().max()) / scale if scale > 0 else float(found.abs().max())
