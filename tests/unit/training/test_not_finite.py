"""Steps whose loss or gradient is not finite: left out, counted, and where there are too many, an end to go on from."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from tiny_training import Ground, equal_states, make_ground
from tunecard.training import Trainer, TrainingResult, train
from tunecard.training.regime import REGIMES
from tunecard.training.trainer import NotFiniteError

TinyBase = Callable[[str], Path]
Poison = Callable[..., None]


def go(ground: Ground, folder: Path, **options: Any) -> TrainingResult:
    return train(ground.model, ground.data, ground.plan, ground.encoder.new_modules, folder, **options)


@pytest.fixture
def poison(monkeypatch: pytest.MonkeyPatch) -> Poison:
    """Lets the loss, or the gradient, of some steps (counted from 0) be what it must not be."""
    inner = Trainer._backward

    def put(what: str, steps: range) -> None:
        def backward(self: Trainer, rows: Any, total_weight: float) -> torch.Tensor:
            loss = inner(self, rows, total_weight)
            if self.result.steps not in steps:
                return loss
            self.learned[0].grad.fill_(math.inf)  # type: ignore[union-attr]
            return loss * math.nan if what == "loss" else loss

        monkeypatch.setattr(Trainer, "_backward", backward)

    return put


@pytest.mark.parametrize("precision", REGIMES)
def test_a_step_is_left_out_and_the_next_is_taken(
    tiny_base: TinyBase, tmp_path: Path, poison: Poison, precision: str
) -> None:
    poison("loss", range(3, 4))
    ground = make_ground(tiny_base("roberta"), precision=precision, epochs=1)
    trainer = Trainer(ground.model, ground.data, ground.plan, ground.encoder.new_modules)
    ground.model.train()
    states, skipped = [ground.state()], []
    for number in range(5):
        reading = trainer.step([number, number + 1])
        trainer.result.steps += 1
        trainer.require_finite(reading)
        states.append(ground.state())
        skipped.append(reading.outcome.is_failed)
    assert skipped == [False, False, False, True, False]
    assert equal_states(states[3], states[4]) and not equal_states(states[4], states[5])
    assert all(bool(tensor.isfinite().all()) for tensor in states[5].values())


def test_what_was_left_out_is_counted_and_spoils_no_loss(tiny_base: TinyBase, tmp_path: Path, poison: Poison) -> None:
    poison("loss", range(2, 4))
    result = go(make_ground(tiny_base("roberta"), epochs=2), tmp_path)
    assert (result.steps, result.skipped_steps, result.failed_steps) == (12, 2, 2)
    assert all(math.isfinite(record.train_loss or math.nan) for record in result.curve)


def test_an_epoch_without_a_finite_step_has_no_loss_and_changes_nothing(
    tiny_base: TinyBase, tmp_path: Path, poison: Poison
) -> None:
    poison("loss", range(3, 6))
    result = go(make_ground(tiny_base("roberta"), epochs=3, train_batch_size=8, keep="last"), tmp_path)
    first, second, third = result.curve
    assert (result.steps, result.skipped_steps) == (9, 3)
    assert second.train_loss is None
    assert (second.validation_loss, second.validation_metric) == (first.validation_loss, first.validation_metric)
    assert third.train_loss and third.validation_loss != second.validation_loss


@pytest.mark.parametrize(("precision", "what"), [("fp32", "loss"), ("fp16", "loss"), ("bf16-mixed", "gradient")])
def test_what_was_learned_before_is_gone_on_from(
    tiny_base: TinyBase, tmp_path: Path, poison: Poison, precision: str, what: str
) -> None:
    """Five in a row end it; the checkpoint is of the weights before them, and behind their rows."""
    poison(what, range(7, 12))
    cut, resumed = (make_ground(tiny_base("roberta"), precision=precision, epochs=3, keep="last") for _ in range(2))
    with pytest.raises(NotFiniteError, match=f"the {what} is not finite in 5 steps in a row, up to step 12"):
        go(cut, tmp_path)
    assert all(bool(tensor.isfinite().all()) for tensor in cut.state().values())
    poison("loss", range(0))
    result = go(resumed, tmp_path, resume=True)
    assert (result.steps, result.skipped_steps, result.failed_steps) == (18, 5, 5)
    assert result.stopped == "all epochs done" and not equal_states(resumed.state(), cut.state())
