"""The rows that an adapter starts from: a seeded sample of the training rows, padded in small batches."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from tunecard.adapters.fused.freezing import Storage
from tunecard.adapters.starts.rows import StartRows
from tunecard.inference.batches import collate
from tunecard.training.objectives import objective_of
from tunecard.training.passes import StepPasses
from tunecard.training.plan import TrainingData

# The number that CorDA's paper takes; of gradients and variances more change little.
ROWS = 256
ROWS_A_BATCH = 16
STRIDE = 7_919  # another order than that of any epoch
FULL = Storage()


def sample_start_rows(data: TrainingData, seed: int, device: str, storage: Storage = FULL) -> StartRows:
    """At most 256 training rows with their labels, by the seed; `storage` is what frozen layers will be stored as."""
    generator = torch.Generator().manual_seed(seed * STRIDE)
    order = torch.randperm(len(data.train), generator=generator)[:ROWS].tolist()
    drawn = [order[first : first + ROWS_A_BATCH] for first in range(0, len(order), ROWS_A_BATCH)]

    def losses(model: nn.Module) -> Iterator[Tensor]:
        passes, objective = StepPasses(model, data, ROWS_A_BATCH), objective_of(data.task)
        for rows in drawn:
            one = passes.padded(rows)
            logits = one.logits(model, torch.device(device))
            weight = max(objective.weight_of(one.labels, None), 1.0)
            yield objective.loss_sum(logits, one.labels.to(device), None) / weight

    return StartRows([_inputs(data, rows, device) for rows in drawn], losses, storage)


def _inputs(data: TrainingData, rows: list[int], device: str) -> dict[str, Tensor]:
    sequences = data.train.sequences
    batch = collate(sequences.split, sequences.of(rows), data.pad_token_id)
    batch.pop("labels", None)
    return {name: tensor.to(device) for name, tensor in batch.items()}
