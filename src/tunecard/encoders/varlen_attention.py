"""Attention over packed rows by torch's kernel for rows of any length: a GPU, half precision, no dropout.

The kernel has no dropout of probabilities (RoBERTa's is 0.1 in training): with it, and elsewhere, rows take the grouped
products of `packed_attention`.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from tunecard.encoders.packed_layout import PackedLayout

HALVES = (torch.bfloat16, torch.float16)


def takes_varlen(query: Tensor, p: float) -> bool:
    """Whether the kernel has this device, type and dropout."""
    return query.device.type == "cuda" and query.dtype in HALVES and p == 0


def attend_varlen(
    query: Tensor, key: Tensor, value: Tensor, layout: PackedLayout, *, scaling: float, window: int = 0
) -> Tensor:
    """As `packed_attention.attend` without dropout; shapes and `window` as there.

    Source: torch.nn.attention.varlen.varlen_attn; its window counts tokens to each side, and -1 means all.
    """
    from torch.nn.attention import varlen  # it imports torch's compiler

    real = layout.batch.real_tokens
    starts = layout.batch.starts.to(torch.int32)
    rows, longest = len(layout.batch.lengths), layout.batch.longest
    asks_first = query.shape[0] != key.shape[0]
    asking = torch.arange(rows + 1, dtype=torch.int32, device=query.device) if asks_first else starts
    near = (window - 1, window - 1) if window else (-1, -1)
    asked = query if asks_first else query[:real]
    out = varlen.varlen_attn(
        asked.contiguous(), key[:real].contiguous(), value[:real].contiguous(), asking, starts,
        1 if asks_first else longest, longest, scale=scaling, window_size=near,
    )  # fmt: skip
    assert isinstance(out, Tensor)  # a tuple only where more is asked for
    return functional.pad(out, (0, 0, 0, 0, 0, query.shape[0] - out.shape[0]))
