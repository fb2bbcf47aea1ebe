"""One step of several trainings at once: each one's own rows and loss, one pass over the base that they share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from tunecard.adapters.fused.shared_base import SharedBase, Span, lent_weights
from tunecard.encoders import PackedBatch, outputs_of, pack, to_device
from tunecard.encoders.packed_batch import FILL_MULTIPLE
from tunecard.inference import predict_logits
from tunecard.inference.packed_rows import packed_labels
from tunecard.rows.encoded import EncodedSplit
from tunecard.training.passes import StepPasses
from tunecard.training.step_reading import StepReading
from tunecard.training.trainer import Trainer


@dataclass(frozen=True)
class JointPass:
    """Rows of several trainings that go through the base together, training after training."""

    batch: PackedBatch
    labels: Tensor
    spans: tuple[Span, ...]
    of_texts: bool

    @property
    def real_tokens(self) -> int:
        return self.batch.real_tokens

    def part(self, span: Span, values: Tensor) -> Tensor:
        """What of labels or logits belongs to a span."""
        return values[span.of_texts() if self.of_texts else span.of_tokens()]


class JointPasses(StepPasses):
    """Passes over rows of several trainings: row `r` of training `g` is number `g * N + r`."""

    def __init__(self, trainers: Sequence[Trainer]) -> None:
        host = trainers[0]
        super().__init__(host.model, host.data, host.plan.train_batch_size)
        self.count = len(self.data.train)
        self.lengths = self.lengths * len(trainers)
        self.of_texts = outputs_of(host.model).of_sequences

    def of(self, rows: Sequence[int]) -> list[Any]:
        """The passes of a step. Rows of like length share one, whichever training they belong to."""
        return [self._joined(piece) for piece in self._packed_pieces(rows)]

    def _joined(self, piece: Sequence[int]) -> JointPass:
        split, pad = self.data.train, self.data.pad_token_id
        parts, spans, row, token = [], [], 0, 0
        for number in sorted({one // self.count for one in piece}):
            own = [one % self.count for one in piece if one // self.count == number]
            part = pack(split.input_ids, own, type_ids=split.type_ids, fill_token=pad)
            spans.append(Span(number, row, row + len(own), token, token + part.real_tokens))
            row, token = row + len(own), token + part.real_tokens
            parts.append(part)
        batch = join(parts, pad)
        return JointPass(batch, packed_labels(split, batch), tuple(spans), self.of_texts)


def join(parts: Sequence[PackedBatch], fill_token: int) -> PackedBatch:
    """Packed batches one after the other, filled up once at the end; each keeps its order."""
    lengths = tuple(length for part in parts for length in part.lengths)
    missing = -sum(lengths) % FILL_MULTIPLE
    starts = torch.zeros(len(lengths) + 1, dtype=torch.long)
    torch.cumsum(torch.tensor(lengths), 0, out=starts[1:])

    def joined(tensors: Sequence[Tensor], fill: int) -> Tensor:
        real = [tensor[: part.real_tokens] for tensor, part in zip(tensors, parts, strict=True)]
        return torch.cat([*real, torch.full((missing,), fill)])

    types = [part.type_ids for part in parts if part.type_ids is not None]
    return PackedBatch(
        tokens=joined([part.tokens for part in parts], fill_token),
        positions=torch.cat([joined([part.positions for part in parts], 0)[: sum(lengths)], torch.arange(missing)]),
        starts=starts,
        rows=tuple(row for part in parts for row in part.rows),
        lengths=lengths,
        type_ids=joined(types, 0) if types else None,
    )


def predict_through(
    host: nn.Module, model: nn.Module, encoded: EncodedSplit, pad_token_id: int, *, title: str = "Predicting"
) -> list[np.ndarray]:
    """As `predict_logits` of `model`, whose trainable parameters `host` borrows."""
    with lent_weights(host, model):
        return predict_logits(host, encoded, pad_token_id, title=title)


class JointSteps:
    """Steps of several trainings over one base; `trainers[0].model` is the host."""

    def __init__(self, trainers: Sequence[Trainer], base: SharedBase) -> None:
        self.trainers, self.base = trainers, base
        self.passes = JointPasses(trainers)

    def step(self, rows: Mapping[int, Sequence[int]]) -> dict[int, StepReading]:
        """One optimizer step of each training in `rows`, over its rows.

        Returns: of each what `Trainer.step` returns.
        Raises: MachineError: a single row does not fit into memory.
        """
        numbers = [number * self.passes.count + row for number, own in rows.items() for row in own]
        sums = self.passes.within_memory(numbers, self._learn_from, self._forget)
        return {number: self.trainers[number].apply(*sums[number]) for number in rows}

    def _learn_from(self, passes: Sequence[Any]) -> dict[int, tuple[Tensor, float]]:
        weights: dict[int, float] = {}
        for each in passes:
            for span in each.spans:
                own = self.trainers[span.number].weight_of(each.part(span, each.labels))
                weights[span.number] = weights.get(span.number, 0.0) + own
        losses: dict[int, list[Tensor]] = {number: [] for number in weights}
        for each in passes:
            self._backward(each, weights, losses)
        return {number: (torch.stack(losses[number]).sum(), weight) for number, weight in weights.items()}

    def _backward(self, each: JointPass, weights: Mapping[int, float], losses: dict[int, list[Tensor]]) -> None:
        device = self.trainers[0].device
        logits = self.base.forward(each.batch.to(device), each.spans)
        labels = to_device(each.labels, device)
        total = logits.new_zeros(())
        for span in each.spans:
            trainer = self.trainers[span.number]
            loss = trainer.loss_sum(each.part(span, logits), each.part(span, labels))
            losses[span.number].append(loss.detach())
            total = total + trainer.update.scaled(loss / max(weights[span.number], 1e-12))
            trainer.observe(logits, span.last_token - span.first_token)
        total.backward()  # type: ignore[no-untyped-call]

    def _forget(self) -> None:
        for trainer in self.trainers:
            trainer.optimizer.zero_grad()
