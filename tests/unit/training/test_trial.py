"""First steps are those of the training, and two trials of the same rows are told apart by pairs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tiny_training import make_ground
from tunecard.training import train
from tunecard.training.trial import Trial, loss_apart, score_apart, take_first_steps
from tunecard.training.validation import counts_of_rows

TinyBase = Callable[[str], Path]


@pytest.mark.parametrize("kind", ["text", "tokens"])
def test_first_steps_are_those_of_the_training(tiny_base: TinyBase, tmp_path: Path, kind: str) -> None:
    ground, other = (make_ground(tiny_base("bert"), kind, epochs=3, dropout=0.1) for _ in range(2))
    result = train(ground.model, ground.data, ground.plan, ground.encoder.new_modules, tmp_path)
    tried = take_first_steps(
        other.model, other.data, other.plan, other.encoder.new_modules, tmp_path, total_steps=result.steps
    )
    first = next(line for line in result.curve if line.epoch == 1)
    assert tried.steps == first.step
    assert tried.start_loss > tried.loss
    assert tried.loss == pytest.approx(first.validation_loss, rel=1e-6)
    assert tried.score(other.data.task, other.plan.best_metric) == pytest.approx(first.validation_metric)


def test_trials_are_compared_row_by_row(tiny_base: TinyBase) -> None:
    data = make_ground(tiny_base("bert")).data
    size = len(data.task.labels)
    right = [np.eye(size)[label] for label in data.validation.label_ids or []]
    wrong = [np.roll(right[0], 1), *right[1:]]
    losses, weights = np.arange(9.0), np.ones(9)
    first, second = (
        Trial(5, losses + 1, losses + more, weights, counts_of_rows(logits, data))
        for more, logits in ((np.array([0.3, 0.1] * 4 + [0.2]), wrong), (0.0, right))
    )
    assert second.learned == pytest.approx((1.0, 0.0))
    above, error = loss_apart(first, second)
    assert above == pytest.approx(0.2)
    assert error == pytest.approx(np.sqrt(8 * 0.1**2) / 9)  # though rows differ from each other by far more
    assert score_apart(data.task, "accuracy", first, second).value == pytest.approx(-1 / 9)
