"""The rows that an adapter starts from: a seeded sample of the training rows, padded in small batches."""

from __future__ import annotations

import torch
from torch import Tensor

from tunecard.adapters.starts.rows import StartRows
from tunecard.inference.batches import collate
from tunecard.training.objectives import objective_of
from tunecard.training.plan import TrainingData

# The number that CorDA's paper takes; of gradients and variances more change little.
ROWS = 256
ROWS_A_BATCH = 16
STRIDE = 7_919  # another order than that of any epoch


def sample_start_rows(data: TrainingData, seed: int, device: str) -> StartRows:
    """At most 256 training rows with their labels, by the seed."""
    generator = torch.Generator().manual_seed(seed * STRIDE)
    order = torch.randperm(len(data.train), generator=generator)[:ROWS].tolist()
    batches, labels = [], []
    for first in range(0, len(order), ROWS_A_BATCH):
        batch = collate(data.train, order[first : first + ROWS_A_BATCH], data.pad_token_id)
        labels.append(batch.pop("labels").to(device))
        batches.append({name: tensor.to(device) for name, tensor in batch.items()})
    objective = objective_of(data.task)

    def loss(logits: Tensor, asked: Tensor) -> Tensor:
        return objective.loss_sum(logits, asked, None) / max(objective.weight_of(asked.cpu(), None), 1.0)

    return StartRows(batches, labels, loss)
