"""A model and an encoded split to logits, and to predictions as they are stored."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from tunecard.data import Split
from tunecard.evidence import Predictions
from tunecard.inference.batches import length_sorted_batches
from tunecard.tasks import EncodedSplit, Task, collate


def predict_logits(
    model: nn.Module, encoded: EncodedSplit, pad_token_id: int, *, on_rows: Callable[[int], None] | None = None
) -> list[np.ndarray]:
    """Logits of every row, in row order: (K,) for a text, (T, K) for tokens without padding. Runs in fp32.

    Args:
        on_rows: called with the number of rows done after each batch.
    """
    device = next(model.parameters()).device
    was_training = model.training
    model.eval()
    logits: list[np.ndarray] = [np.empty(0)] * len(encoded)
    with torch.inference_mode():
        for rows in length_sorted_batches(encoded.lengths):
            batch = {name: tensor.to(device) for name, tensor in collate(encoded, rows, pad_token_id).items()}
            batch.pop("labels", None)
            output = model(**batch).logits.float().cpu().numpy()  # (B, K) or (B, T, K)
            for row, row_logits in zip(rows, output, strict=True):
                logits[row] = row_logits if row_logits.ndim == 1 else row_logits[: len(encoded.input_ids[row])]
            if on_rows:
                on_rows(len(rows))
    model.train(was_training)
    return logits


def predict_split(model: nn.Module, task: Task, split: Split, encoded: EncodedSplit, pad_token_id: int) -> Predictions:
    """Predictions of a model on a split, ready to be stored."""
    decoded = [
        task.decode(row_logits, encoded, row)
        for row, row_logits in enumerate(predict_logits(model, encoded, pad_token_id))
    ]
    return Predictions(
        rows=list(split.rows),
        labels=list(split.labels),
        predictions=[prediction for prediction, _ in decoded],
        probabilities=[probabilities for _, probabilities in decoded],
        factors=dict(split.factors),
    )
