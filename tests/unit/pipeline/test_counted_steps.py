"""Steps of trainings as one count: whose step, which epoch, and how many there are in all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from tunecard.counted import watched_by
from tunecard.pipeline.counted_steps import counted_steps
from tunecard.pipeline.progress import Silence


@dataclass
class Heard(Silence):
    """Keeps every count with what it was told."""

    counts: list[Heard] = field(default_factory=list)
    total: int | None = None
    done: int = 0
    told: list[str] = field(default_factory=list)
    steps: list[tuple[int, int, float]] = field(default_factory=list)

    def step(self, done: int, total: int, loss: float) -> None:
        self.steps.append((done, total, loss))

    @contextmanager
    def counted(self, title: str, total: int | None, unit: str, done: int = 0) -> Iterator[Any]:
        self.counts.append(Heard(total=total, done=done))
        yield self.counts[-1]

    def advance(self, n: int = 1) -> None:
        self.done += n

    def tell(self, text: str) -> None:
        self.told.append(text)


@pytest.fixture
def heard() -> Iterator[Heard]:
    listener = Heard()
    with watched_by(listener):
        yield listener


def test_steps_of_one_seed(heard: Heard) -> None:
    with counted_steps(heard, [7], epochs=2) as tell:
        for step in range(1, 7):
            tell(0, step, 6, 0.5)
    (count,) = heard.counts
    assert (count.done, count.total) == (6, 6)
    assert count.told[2] == "seed 7, epoch 1 of 2, loss 0.500"
    assert count.told[3] == "seed 7, epoch 2 of 2, loss 0.500"
    assert heard.steps[-1] == (6, 6, 0.5)


def test_seeds_one_after_the_other_are_named(heard: Heard) -> None:
    with counted_steps(heard, [0, 1, 5], epochs=1) as tell:
        for number in range(3):
            for step in range(1, 5):
                tell(number, step, 4, 1.0)
    (count,) = heard.counts
    assert (count.done, count.total) == (12, 12)
    assert count.told[4] == "seed 2 of 3 (seed 1), epoch 1 of 1, loss 1.000"
    assert count.told[-1] == "seed 3 of 3 (seed 5), epoch 1 of 1, loss 1.000"


def test_seeds_in_turns_are_told_together(heard: Heard) -> None:
    with counted_steps(heard, [0, 1], epochs=1) as tell:
        for step in range(1, 5):
            for number in range(2):
                tell(number, step, 4, 1.0)
    (count,) = heard.counts
    assert (count.done, count.total) == (8, 8)
    assert count.told[-1] == "2 seeds together, epoch 1 of 1, loss 1.000"


def test_a_resumed_training_begins_where_it_was(heard: Heard) -> None:
    with counted_steps(heard, [3], epochs=2) as tell:
        tell(0, 8, 10, 0.1)
        assert heard.counts[0].done == 8
        tell(0, 9, 10, 0.1)
        tell(0, 10, 10, 0.1)
    assert (heard.counts[0].done, heard.counts[0].total) == (10, 10)


def test_a_training_without_a_step_counts_nothing(heard: Heard) -> None:
    with counted_steps(heard, [3], epochs=2):
        pass
    assert heard.counts == []
