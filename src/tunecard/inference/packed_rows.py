"""Rows of an encoded split as one packed batch, and the labels that belong to its tokens or texts."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from tunecard.encoders import PackedBatch, pack
from tunecard.rows.encoded import IGNORED, EncodedSplit


def pack_rows(split: EncodedSplit, rows: Sequence[int], pad_token_id: int) -> PackedBatch:
    """The rows end to end, longest first; `PackedBatch.rows` tells which is where.

    Args:
        rows: positions in `split`, one or more.
        pad_token_id: what fills up behind the last row.
    """
    return pack(split.input_ids, rows, type_ids=split.type_ids, fill_token=pad_token_id)


def packed_labels(split: EncodedSplit, batch: PackedBatch) -> Tensor:
    """Labels in the order of `forward_packed`'s logits: (B,) or (B, K) of texts, (T,) of tokens, IGNORED for none."""
    labels = [(split.label_ids or [])[row] for row in batch.rows]
    if not split.asks_tokens:
        return torch.tensor(labels)
    flat = [label for row in labels for label in row]
    return torch.tensor(flat + [IGNORED] * (len(batch.tokens) - len(flat)))
