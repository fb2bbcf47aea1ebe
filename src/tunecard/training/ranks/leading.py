"""Rank 0: it decides, keeps the state and writes. What the others compute, they are told step by step."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor, nn

from tunecard.adapters import trainable_state
from tunecard.inference import predict_logits
from tunecard.ranks.group import Group
from tunecard.ranks.lost import RankFailed, RankLost
from tunecard.rows.encoded import EncodedSplit
from tunecard.training.arrangement import whole_labels
from tunecard.training.checkpoint import optimizer_tensors
from tunecard.training.plan import TrainingData, TrainingPlan
from tunecard.training.ranks.dealing import deal_split, deal_step, draw_from_own_stream
from tunecard.training.ranks.gradient_sum import GradientSum
from tunecard.training.ranks.packets import pack_logits, pack_tensors, unpack_logits
from tunecard.training.ranks.ranks import Share
from tunecard.training.result import RankShare

if TYPE_CHECKING:
    from tunecard.training.trainer import Trainer

STEP, PREDICT, END, STATE = "step", "predict", "end", "state"
ROWS_COMPARED = 4


class Leading:
    """Several processes, seen from the first."""

    joins_seeds, adds_penalty = False, True

    def __init__(self, group: Group) -> None:
        self._group = group
        self._hardware = group.presence.introductions()
        self._sum = GradientSum(group.add_up)
        self._weights: dict[tuple[int, ...], float] = {}
        self._is_open = False

    def is_stop_asked(self) -> bool:
        """Whether another process was asked to stop."""
        return self._group.presence.is_stop_asked()

    def call(self, training: Mapping[str, Any]) -> None:
        """Tells the others which training comes next."""
        self._group.presence.call(training)

    @contextmanager
    def learning(self, trainer: Trainer) -> Iterator[None]:
        """Inside, the others have this trainer's state and take part. Raises: RankFailed, RankLost."""
        self._open(trainer)
        try:
            yield
        except RankLost:
            self._is_open = False
            raise
        except Exception:
            self._end()
            raise
        self._end()

    def deal(self, trainer: Trainer, rows: Sequence[int]) -> Share:
        """Tells everyone their rows of a step. Raises: RankLost."""
        if not self._is_open:
            return Share(rows)
        lengths, place, step = trainer.data.train.lengths, self._group.place, trainer.result.steps
        dealt = deal_step(rows, lengths, trainer.plan.train_batch_size, trainer.objective, place.count)
        weight = self._weight(trainer, rows)
        self._group.say({STEP: step, "rows": dealt, "weight": weight})
        draw_from_own_stream(trainer.plan.seed, step, place.number)
        tokens = [
            RankShare(number, self._hardware[number], sum(lengths[row] for row in own))
            for number, own in enumerate(dealt)
        ]
        return Share(dealt[0], weight, tokens)

    def add_up(self, learned: Sequence[nn.Parameter], loss_sum: Tensor) -> Tensor:
        """As of `Ranks`."""
        return self._sum(learned, loss_sum) if self._is_open else loss_sum

    def predict(
        self, model: nn.Module, encoded: EncodedSplit, pad_token_id: int, *, title: str = "Predicting"
    ) -> list[np.ndarray]:
        """Logits of all rows, every one from the rank that it was dealt to. Raises: RankLost."""
        if not self._is_open:
            return predict_logits(model, encoded, pad_token_id, title=title)
        self._group.say({PREDICT: len(encoded)})
        dealt = deal_split(encoded, self._group.place.count)
        own = predict_logits(model, encoded.pick(dealt[0]), pad_token_id, title=title)
        parts = [own, *map(unpack_logits, self._group.collect())]
        found = {
            row: logits for rows, part in zip(dealt, parts, strict=True) for row, logits in zip(rows, part, strict=True)
        }
        if sorted(found) != list(range(len(encoded))):
            raise RankLost(f"ranks answered {len(found)} of {len(encoded)} rows.")
        return [found[row] for row in range(len(encoded))]

    def leave(self) -> None:
        """Lets the others go."""
        self._group.leave()

    def _weight(self, trainer: Trainer, rows: Sequence[int]) -> float:
        """Of the labels of a step, as its passes would count them."""
        size = trainer.plan.train_batch_size if trainer.objective.needs_whole_batch else 1
        return sum(self._weight_of(trainer, rows[first : first + size]) for first in range(0, len(rows), size))

    def _weight_of(self, trainer: Trainer, unit: Sequence[int]) -> float:
        key = tuple(unit)
        if key not in self._weights:
            labels = whole_labels(trainer.data.train, unit, trainer.objective.sees)
            self._weights[key] = trainer.weight_of(labels)
        return self._weights[key]

    def _open(self, trainer: Trainer) -> None:
        """Gives everyone the state, and compares what they make of it with what this rank does."""
        group, model = self._group, trainer.model
        self._sum, self._weights = GradientSum(group.add_up), {}
        group.say({STATE: agreed(trainer.plan, trainer.data), "scale": trainer.update.state()})
        group.spread(pack_tensors(trainable_state(model)))
        group.spread(pack_tensors(optimizer_tensors(model, trainer.optimizer)))
        group.spread(pack_logits(first_logits(model, trainer.data)))
        told = {number: json.loads(reply) for number, reply in enumerate(group.collect(), start=1)}
        faults = [f"rank {number}: {fault}" for number, reply in told.items() for fault in reply]
        if faults:
            raise RankFailed(faults)
        self._is_open = True

    def _end(self) -> None:
        self._is_open = False
        self._group.say({END: True})


def agreed(plan: TrainingPlan, data: TrainingData) -> dict[str, Any]:
    """What all ranks must have alike: the plan, and what stands for the rows.

    A GPU's number and who follows the curves are each rank's own.
    """
    of_all = {key: value for key, value in asdict(plan).items() if key not in ("device", "log_to")}
    rows = [
        data.train.input_ids, data.train.label_ids, data.validation.input_ids, data.validation.label_ids,
        data.task.labels,
    ]  # fmt: skip
    digest = hashlib.sha256(json.dumps(rows, default=str).encode()).hexdigest()
    told: dict[str, Any] = json.loads(json.dumps({**of_all, "rows": digest}, default=str))
    return told


def first_logits(model: nn.Module, data: TrainingData) -> list[np.ndarray]:
    """What a model says of a few rows, by which ranks tell whether they hold the same one."""
    few = data.validation.pick(range(min(ROWS_COMPARED, len(data.validation))))
    return predict_logits(model, few, data.pad_token_id, title="Comparing ranks")
