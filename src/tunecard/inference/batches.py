"""Batches with little padding: rows sorted by length, bounded in rows and in padded tokens, and their tensors."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from tunecard.rows.encoded import IGNORED, EncodedSplit

MAX_ROWS = 64
MAX_TOKENS = 2048


def length_sorted_batches(
    lengths: Sequence[int], *, max_rows: int = MAX_ROWS, max_tokens: int = MAX_TOKENS
) -> list[list[int]]:
    """Row numbers in batches; every row is in one batch. A row longer than `max_tokens` is alone in its batch.

    >>> length_sorted_batches([5, 1, 4], max_rows=2)
    [[0, 2], [1]]
    """
    batches: list[list[int]] = []
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lambda row: (-lengths[row], row)):
        widest = lengths[batch[0]] if batch else lengths[row]
        if batch and (len(batch) == max_rows or widest * (len(batch) + 1) > max_tokens):
            batches.append(batch)
            batch = []
        batch.append(row)
    return [*batches, batch] if batch else batches


def token_budget_batches(lengths: Sequence[int], *, max_tokens: int = MAX_TOKENS) -> list[list[int]]:
    """Row numbers in batches of at most `max_tokens` tokens, longest rows first; for packed rows.

    >>> token_budget_batches([5, 1, 4], max_tokens=6)
    [[0], [2, 1]]
    """
    batches: list[list[int]] = []
    filled = 0
    for row in sorted(range(len(lengths)), key=lambda row: (-lengths[row], row)):
        if batches and filled + lengths[row] <= max_tokens:
            batches[-1].append(row)
            filled += lengths[row]
        else:
            batches.append([row])
            filled = lengths[row]
    return batches


def collate(split: EncodedSplit, rows: Sequence[int], pad_token_id: int) -> dict[str, Tensor]:
    """Pads rows to the longest of them: input_ids, attention_mask, token_type_ids, each (B, T), and labels: (B, T)
    of tokens, of whole rows (B,), or (B, K) where each has several."""
    longest = max(len(split.input_ids[row]) for row in rows)
    batch = {
        "input_ids": _padded([split.input_ids[row] for row in rows], longest, pad_token_id),
        "attention_mask": _padded([[1] * len(split.input_ids[row]) for row in rows], longest, 0),
    }
    if split.type_ids is not None:
        batch["token_type_ids"] = _padded([split.type_ids[row] for row in rows], longest, 0)
    if split.label_ids is not None:
        labels = [split.label_ids[row] for row in rows]
        batch["labels"] = _padded(labels, longest, IGNORED) if split.asks_tokens else torch.tensor(labels)
    return batch


def _padded(rows: Sequence[Sequence[int]], longest: int, value: int) -> Tensor:
    return torch.tensor([[*row, *[value] * (longest - len(row))] for row in rows], dtype=torch.long)  # (B, T)
