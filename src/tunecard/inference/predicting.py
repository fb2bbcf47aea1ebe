"""A model and an encoded split to logits, and to predictions as they are stored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import torch
from torch import nn

from tunecard.counted import counted
from tunecard.encoders import forward_packed, forward_padded, is_packed, outputs_of
from tunecard.evidence import Predictions
from tunecard.inference.batches import collate, length_sorted_batches, token_budget_batches
from tunecard.inference.head_inputs import HeadInputs
from tunecard.inference.packed_rows import pack_rows
from tunecard.kernels import keep_freed_memory
from tunecard.rows.counting import in_order_of_appearance
from tunecard.rows.dataset import Split
from tunecard.rows.encoded import EncodedSplit
from tunecard.tasks import Task
from tunecard.tasks.whole_splits import decode_split


def predict_logits(
    model: nn.Module,
    encoded: EncodedSplit,
    pad_token_id: int,
    *,
    title: str = "Predicting",
    looking: HeadInputs | None = None,
) -> list[np.ndarray]:
    """Logits of every row, in row order: (K,) for a text, (T, K) for tokens without padding; of a row of P sequences
    (P, K), or those of all their tokens end to end.

    Packed where the model is on the fast path, else padded; in batches of sequences of like length either way.

    Args:
        title: what these rows are predicted for, as whoever watches reads it.
        looking: keeps what the head reads of each sequence meanwhile.
    """
    keep_freed_memory()
    was_training = model.training
    if any(module.training for module in model.modules()):  # telling every module takes as long as a row
        model.eval()
    sequences = encoded.sequences
    lines = sequences.split
    logits: list[np.ndarray] = [np.empty(0)] * len(lines)
    packs = is_packed(model)
    run = _packed if packs else _padded
    batches = token_budget_batches(lines.lengths) if packs else length_sorted_batches(lines.lengths)
    unit = "rows" if lines is encoded else "sequences"
    with torch.inference_mode(), counted(title, len(lines), unit) as count:
        for rows in batches:
            for row, row_logits in run(model, lines, rows, pad_token_id, looking):
                logits[row] = row_logits
            count.advance(len(rows))
    if was_training:
        model.train()
    return sequences.by_row(logits)


def predict_with_vectors(
    model: nn.Module, encoded: EncodedSplit, pad_token_id: int, *, title: str = "Predicting"
) -> tuple[list[np.ndarray], np.ndarray | None]:
    """`predict_logits`, and (N, H) what the last layer of the head reads of each row: the mean over its sequences.

    A model without a head gives vectors by itself. None where its head has no linear layer by a name that is known.
    """
    sequences = encoded.sequences
    with HeadInputs(model, len(sequences.split)) as looking:
        logits = predict_logits(model, encoded, pad_token_id, title=title, looking=looking)
    if outputs_of(model).is_pooled:
        return logits, np.array([np.asarray(row).reshape(-1, row.shape[-1]).mean(axis=0) for row in logits])
    if not all(vector.size for vector in looking.vectors):
        return logits, None
    counts = np.cumsum([0, *(sequences.count(row) for row in range(len(encoded)))])
    every = np.array(looking.vectors)
    return logits, np.array([every[one:end].mean(axis=0) for one, end in pairwise(counts.tolist())])


Answers: TypeAlias = Iterator[tuple[int, np.ndarray]]


def _padded(
    model: nn.Module, encoded: EncodedSplit, rows: Sequence[int], pad_token_id: int, looking: HeadInputs | None
) -> Answers:
    device = next(model.parameters()).device
    batch = {name: tensor.to(device) for name, tensor in collate(encoded, rows, pad_token_id).items()}
    batch.pop("labels", None)
    output = forward_padded(model, batch).float().cpu().numpy()  # (B, K) or (B, T, K)
    if looking is not None:
        looking.keep_padded(rows, [len(encoded.input_ids[row]) for row in rows], batch["input_ids"].shape[1])
    for row, row_logits in zip(rows, output, strict=True):
        yield row, row_logits if row_logits.ndim == 1 else row_logits[: len(encoded.input_ids[row])]


def _packed(
    model: nn.Module, encoded: EncodedSplit, rows: Sequence[int], pad_token_id: int, looking: HeadInputs | None
) -> Answers:
    batch = pack_rows(encoded, rows, pad_token_id)
    output = forward_packed(model, batch.to(next(model.parameters()).device)).float().cpu().numpy()  # (B, K) or (T, K)
    starts = batch.starts.tolist()
    if looking is not None:
        looking.keep_packed(batch.rows, starts)
    is_of_tokens = not outputs_of(model).of_sequences
    for place, row in enumerate(batch.rows):
        yield row, output[starts[place] : starts[place + 1]] if is_of_tokens else output[place]


def predict_split(
    model: nn.Module, task: Task, split: Split, encoded: EncodedSplit, pad_token_id: int, *, title: str = ""
) -> Predictions:
    """Predictions of a model on a split, ready to be stored.

    Args:
        title: what these rows are predicted for, where that is not the split.
    """
    logits = predict_logits(model, encoded, pad_token_id, title=title or f"Predicting {split.name}")
    return predictions_of(logits, task, split, encoded)


def predictions_of(
    logits: Sequence[np.ndarray], task: Task, split: Split, encoded: EncodedSplit
) -> Predictions:  # fmt: skip
    """Logits of every row of a split, as `predict_logits` shapes them, as predictions ready to be stored."""
    decoded = decode_split(task, logits, encoded, split.labels)
    return Predictions(
        rows=list(split.rows),
        labels=list(split.labels),
        predictions=[prediction for prediction, _ in decoded],
        probabilities=[stated for _, stated in decoded] if any(stated is not None for _, stated in decoded) else None,
        factors=dict(split.factors),
        clusters=None if split.clusters is None else in_order_of_appearance(split.clusters),
    )
