"""The rows of one step on their way through the model: packed or padded, in as many passes as memory asks for.

The loss of a step is a sum over its labels, divided by all of them once. So its rows may go through the model in any
passes: which rows make a step, and the gradient, never change. Where an objective sees rows whole (`arrangement.py`), a
pass holds all sequences of its rows; where it compares rows, all rows of a batch. On a processor, where padding costs
as much as text, padded rows go in shards of like length (docs/log.md, "Padding inside a step"); on a GPU launches cost
more than padding: a batch stays whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import torch
from torch import Tensor, nn

from tunecard.encoders import PackedBatch, forward_packed, forward_padded, is_packed, outputs_of, to_device
from tunecard.errors import MachineError
from tunecard.inference import token_budget_batches
from tunecard.inference.batches import collate
from tunecard.inference.packed_rows import pack_rows, packed_labels
from tunecard.training.arrangement import LABELS, Arrangement, arrange, whole_labels
from tunecard.training.frozen_prefix.cache import PrefixCache
from tunecard.training.objectives import Loss, objective_of
from tunecard.training.plan import TrainingData

# More tokens a pass make no product faster (docs/log.md, "Packed training"), only activations larger.
MAX_TOKENS = 2048
LEAST_FILL = 0.75
LEAST_TOKENS = 96
Learned = TypeVar("Learned")


class Pass(Protocol):
    """Rows that go through the model together. `logits` and `labels` are as the objective sees them."""

    @property
    def labels(self) -> Tensor: ...

    @property
    def real_tokens(self) -> int: ...

    def logits(self, model: nn.Module, device: torch.device) -> Tensor: ...


@dataclass(frozen=True)
class PackedPass:
    """Sequences end to end: logits (B, K) of texts, (T, K) of tokens, where the objective sees labels."""

    batch: PackedBatch
    labels: Tensor
    cache: PrefixCache | None = None
    arrangement: Arrangement | None = None

    @property
    def real_tokens(self) -> int:
        return self.batch.real_tokens

    def logits(self, model: nn.Module, device: torch.device) -> Tensor:
        batch = self.batch.to(device)
        logits = self.cache.forward(batch) if self.cache else forward_packed(model, batch)
        return self.arrangement(logits) if self.arrangement else logits


@dataclass(frozen=True)
class PaddedPass:
    """Sequences padded to the longest: logits (B, K) of texts, (B, T, K) of tokens, where the objective sees labels."""

    inputs: dict[str, Tensor]
    labels: Tensor
    real_tokens: int
    arrangement: Arrangement | None = None

    def logits(self, model: nn.Module, device: torch.device) -> Tensor:
        logits = forward_padded(model, {name: to_device(tensor, device) for name, tensor in self.inputs.items()})
        return self.arrangement(logits) if self.arrangement else logits


class StepPasses:
    """Cuts steps into passes, and into smaller ones from the first time that memory does not suffice."""

    def __init__(
        self,
        model: nn.Module,
        data: TrainingData,
        train_batch_size: int,
        cache: PrefixCache | None = None,
        objective: Loss | None = None,
    ) -> None:
        self.data, self.train_batch_size, self.cache = data, train_batch_size, cache
        self.objective: Loss = objective or objective_of(data.task)
        self.of_sequences = outputs_of(model).of_sequences
        self.is_packed = is_packed(model)
        self.is_cpu = next(model.parameters()).device.type == "cpu"
        self.lengths, self.widths = data.train.lengths, data.train.widths
        self.max_tokens = MAX_TOKENS

    def within_memory(
        self, rows: Sequence[int], learn_from: Callable[[list[Pass]], Learned], forget: Callable[[], None]
    ) -> Learned:
        """What `learn_from` makes of the passes of a step, in passes half as large where memory runs out.

        Args:
            forget: drops what an attempt that ran out of memory has already added to gradients.
        Raises: MachineError: a single row does not fit, or a batch of rows that are compared with each other.
        """
        while True:
            passes = self.of(rows)
            try:
                return learn_from(passes)
            except RuntimeError as error:
                if not _is_out_of_memory(error):
                    raise
            forget()
            if self.objective.needs_whole_batch:
                raise MachineError(
                    f"memory does not suffice for a batch of {self.train_batch_size} rows that the loss compares with "
                    "each other. Lower training.train_batch_size or data.max_length, or use precision bf16-mixed."
                )
            longest = max(self.lengths[row] for row in rows)
            if all(each.labels.shape[0] <= 1 for each in passes) or self.max_tokens < longest:
                raise MachineError(
                    f"memory does not suffice for a row of {longest} tokens. Lower data.max_length, choose a smaller "
                    "base, or use precision bf16-mixed."
                )
            self.max_tokens //= 2

    def of(self, rows: Sequence[int]) -> list[Pass]:
        """The passes of a step."""
        make = self._packed if self.is_packed else self.padded
        return [make(part) for part in self._parts(rows)]

    def _packed(self, rows: list[int]) -> Pass:
        split, sequences = self.data.train, self.data.train.sequences
        batch = pack_rows(sequences.split, sequences.of(rows), self.data.pad_token_id)
        if self.objective.sees == LABELS:
            return PackedPass(batch, packed_labels(split, batch), self.cache)
        begins = range(len(batch.rows)) if self.of_sequences else batch.starts.tolist()
        begin_of = dict(zip(batch.rows, begins, strict=False))
        arrangement = self._arrangement(rows, [begin_of[one] for one in sequences.of(rows)])
        return PackedPass(batch, self._labels(rows), self.cache, arrangement)

    def padded(self, rows: list[int]) -> PaddedPass:
        """These rows in one pass, padded to the longest of their sequences."""
        sequences = self.data.train.sequences
        inputs = collate(sequences.split, sequences.of(rows), self.data.pad_token_id)
        real_tokens = sum(self.lengths[row] for row in rows)
        if self.objective.sees == LABELS:
            return PaddedPass(inputs, inputs.pop("labels"), real_tokens)
        inputs.pop("labels", None)
        count, longest = inputs["input_ids"].shape
        firsts = range(count) if self.of_sequences else range(0, count * longest, longest)
        return PaddedPass(inputs, self._labels(rows), real_tokens, self._arrangement(rows, firsts))

    def _labels(self, rows: list[int]) -> Tensor:
        return whole_labels(self.data.train, rows, self.objective.sees)

    def _arrangement(self, rows: list[int], firsts: Sequence[int]) -> Arrangement | None:
        return arrange(self.data.train, rows, self.objective.sees, firsts)

    def _parts(self, rows: Sequence[int]) -> list[list[int]]:
        """The rows of each pass."""
        if self.objective.needs_whole_batch:
            return self._batches(rows)
        return self._packed_pieces(rows) if self.is_packed else self._padded_pieces(rows)

    def _batches(self, rows: Sequence[int]) -> list[list[int]]:
        size = self.train_batch_size
        return [list(rows[start : start + size]) for start in range(0, len(rows), size)]

    def _packed_pieces(self, rows: Sequence[int]) -> list[list[int]]:
        batches = token_budget_batches([self.lengths[row] for row in rows], max_tokens=self.max_tokens)
        return [[rows[place] for place in batch] for batch in batches]

    def _padded_pieces(self, rows: Sequence[int]) -> list[list[int]]:
        """Batch by batch, on a processor in shards of like length; none larger than the budget."""
        batches = self._batches(rows)
        if self.is_cpu:
            batches = [shard for batch in batches for shard in split_by_length(batch, self.widths)]
        return [piece for batch in batches for piece in self._within_budget(batch)]

    def _within_budget(self, batch: list[int]) -> list[list[int]]:
        widest = max(self.widths[row] for row in batch)
        most = max(self.data.train.sequences.count(row) for row in batch)
        rows = max(1, self.max_tokens // (widest * most))
        return [batch[start : start + rows] for start in range(0, len(batch), rows)]


def split_by_length(rows: Sequence[int], lengths: Sequence[int]) -> list[list[int]]:
    """Rows, longest first, in shards whose shortest row fills at least three quarters of the longest.

    A shard of fewer than 96 padded tokens takes shorter rows, too: a pass through the model has a fixed cost.

    Args:
        lengths: tokens of every row of the split; `rows` are positions in it.
    Returns: every row once.

    >>> split_by_length([0, 1, 2, 3], [100, 20, 95, 24])
    [[0, 2], [3, 1]]
    """
    shards: list[list[int]] = []
    for row in sorted(rows, key=lambda row: -lengths[row]):
        longest = lengths[shards[-1][0]] if shards else 0
        is_small = bool(shards) and longest * len(shards[-1]) < LEAST_TOKENS
        if shards and (is_small or lengths[row] >= LEAST_FILL * longest):
            shards[-1].append(row)
        else:
            shards.append([row])
    return shards


def _is_out_of_memory(error: RuntimeError) -> bool:
    # torch has a class of its own for accelerators; its allocator for processors raises a plain RuntimeError.
    return isinstance(error, torch.OutOfMemoryError) or "not enough memory" in str(error)
