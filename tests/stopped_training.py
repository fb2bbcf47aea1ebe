"""A training that is stopped and gone on with, held against one that was not: every bit is the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tiny_training import Ground, equal_states
from tunecard.errors import Interrupted
from tunecard.training import TrainingResult, train


def go(ground: Ground, folder: Path, **options: Any) -> TrainingResult:
    """The training of a ground."""
    return train(ground.model, ground.data, ground.plan, ground.encoder.new_modules, folder, **options)


def require_same_when_stopped(make: Callable[[], Ground], folder: Path, stop: int) -> TrainingResult:
    """Trains one ground straight, and one that stops after step `stop` and is gone on with from a third.

    Args:
        make: the same ground, anew at each call.
    Returns: the result of the training that was not stopped.
    """
    straight, cut, resumed = make(), make(), make()
    expected = go(straight, folder / "straight")
    done: list[int] = []
    with pytest.raises(Interrupted):
        go(
            cut, folder / "cut", on_step=lambda step, total, loss: done.append(step),
            should_stop=lambda: bool(done) and done[-1] == stop,
        )  # fmt: skip
    result = go(resumed, folder / "cut", resume=True)
    assert equal_states(resumed.state(), straight.state())
    assert {**vars(result), "seconds": None} == {**vars(expected), "seconds": None}
    return expected
