"""Another rank than 0, in one training: it computes what it is told, keeps no state, and writes nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor, nn

from tunecard.adapters import put_trainable_state
from tunecard.inference import predict_logits
from tunecard.ranks.group import Group
from tunecard.training.checkpoint import restore_optimizer
from tunecard.training.plan import TrainingData, TrainingPlan
from tunecard.training.ranks.dealing import deal_split, draw_from_own_stream
from tunecard.training.ranks.gradient_sum import GradientSum
from tunecard.training.ranks.leading import END, PREDICT, STATE, STEP, agreed, first_logits
from tunecard.training.ranks.packets import pack_logits, unpack_logits, unpack_tensors
from tunecard.training.ranks.ranks import Alone, Share
from tunecard.training.trainer import Trainer

# Ranks round otherwise where their machines differ, in bf16 most; another base says something else altogether.
ALIKE = 0.05


class Following(Alone):
    """What a trainer of another rank asks: its gradients are summed with those of the others."""

    adds_penalty = False

    def __init__(self, group: Group) -> None:
        self._sum = GradientSum(group.add_up)

    def add_up(self, learned: Sequence[nn.Parameter], loss_sum: Tensor) -> Tensor:
        """As of `Ranks`."""
        return self._sum(learned, loss_sum)


def follow_training(
    model: nn.Module, data: TrainingData, plan: TrainingPlan, head_modules: Sequence[str], group: Group
) -> None:
    """Takes part in one training until rank 0 says that it has ended.

    Args:
        model: made as that of rank 0; what learns is taken from there.
        head_modules: as of `train`.
    Raises: RankLost: rank 0 or another rank is gone. TunecardError: this rank cannot do its part.
    """
    trainer = Trainer(model, data, replace(plan, log_to=()), head_modules, Path(), ranks=Following(group))
    _take_state(trainer, group)
    model.train()
    while END not in (word := group.hear()):
        if PREDICT in word:
            rows = deal_split(data.validation, group.place.count)[group.place.number]
            logits = predict_logits(model, data.validation.pick(rows), data.pad_token_id)
            group.send_to_first(pack_logits(logits))
        else:
            _take_step(trainer, word, group.place.number)


def _take_step(trainer: Trainer, word: Mapping[str, Any], number: int) -> None:
    trainer.result.steps = word[STEP]
    draw_from_own_stream(trainer.plan.seed, word[STEP], number)
    trainer.take(Share(word["rows"][number], word["weight"]))


def _take_state(trainer: Trainer, group: Group) -> None:
    """Takes what rank 0 has, and answers with what is not alike."""
    word = group.hear()
    put_trainable_state(trainer.model, unpack_tensors(group.spread(None)))
    restore_optimizer(trainer.model, trainer.optimizer, unpack_tensors(group.spread(None)))
    trainer.update.load(word["scale"])
    of_first = unpack_logits(group.spread(None))
    own = agreed(trainer.plan, trainer.data)
    faults = [_differs(key, own.get(key), value) for key, value in word[STATE].items() if own.get(key) != value]
    if not faults and not _are_alike(of_first, first_logits(trainer.model, trainer.data)):
        faults = ["the model answers otherwise than that of rank 0. The base must be the same on every machine."]
    group.send_to_first(json.dumps(faults).encode())


def _differs(key: str, own: Any, of_first: Any) -> str:
    if key == "rows":
        return "the rows are not those of rank 0. Recipe and data must be the same on every machine."
    return f"training.{key} is {own}, and {of_first} at rank 0. Write it into the recipe, the same for every machine."


def _are_alike(of_first: Sequence[np.ndarray], own: Sequence[np.ndarray]) -> bool:
    return all(
        one.shape == other.shape
        and np.abs(one - other).max(initial=0.0) <= ALIKE * max(1.0, np.abs(one).max(initial=0.0))
        for one, other in zip(of_first, own, strict=True)
    )
