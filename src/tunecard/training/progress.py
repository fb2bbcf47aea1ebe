"""A training on its way: what is counted of its steps, what is told of them, and what is saved."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from tunecard.measurement import timed
from tunecard.training.checkpoint import save_checkpoint
from tunecard.training.result import EpochRecord
from tunecard.training.step_reading import OpenSteps, StepReading
from tunecard.training.trackers import Log
from tunecard.training.trainer import Trainer

LOSS_SCALE = "loss_scale"
OnEpoch = Callable[[EpochRecord], None]
OnStep = Callable[[int, int, float], None]


@dataclass(frozen=True)
class Callbacks:
    """Whom the loop tells, whom it asks, and where it writes.

    Attributes:
        folder: of the checkpoints.
        should_stop: read after each step and epoch.
        on_step: hears a step's number, the number of all steps, and its mean loss.
        on_epoch: hears a line of the learning curve.
        log: takes values and the step that they belong to.
    """

    folder: Path
    should_stop: Callable[[], bool]
    on_step: OnStep
    on_epoch: OnEpoch
    log: Log


class TrainingProgress:
    """Counts steps when they are handed to the device and tells of them when their loss is known.

    On a GPU that is one step later; what is told always belongs to the step that it is told with.

    Args:
        position: where the training is, as checkpoints keep it.
    """

    def __init__(self, trainer: Trainer, position: dict[str, Any], callbacks: Callbacks) -> None:
        self.trainer, self.position, self.callbacks = trainer, position, callbacks
        self._open = OpenSteps()

    def take(self, reading: StepReading, rows: int) -> list[StepReading]:
        """Takes in a step over `rows` rows. Returns: the steps that are known by now, for `tell`."""
        self.trainer.result.steps += 1
        self.trainer.result.rows += rows
        self.position["offset"] += rows
        return self._open.add(reading)

    def tell(self, known: Iterable[StepReading], seconds: float) -> None:
        """Tells of steps.

        Args:
            seconds: what the last step and waiting for known ones took.
        Raises: NotFiniteError: too many in a row had a loss or gradient that is not finite.
        """
        self.trainer.result.seconds += seconds
        for reading in known:
            self.trainer.result.skipped_steps += reading.outcome.is_skipped
            self.trainer.result.failed_steps += reading.outcome.is_failed
            self.trainer.require_finite(reading)
            if math.isfinite(reading.outcome.loss_sum):
                self.position["loss"] += reading.outcome.loss_sum
                self.position["weight"] += reading.weight
            self.callbacks.on_step(reading.step, self.trainer.total_steps, reading.mean_loss)
            values = {"train/loss": reading.mean_loss, "train/learning_rate": reading.learning_rate}
            self.callbacks.log(values, reading.step)

    def settle(self) -> None:
        """Reads and tells what is still open. Raises: as `tell`."""
        began = perf_counter()
        with timed("optimisation"):
            known = self._open.drain()
            self.tell(known, perf_counter() - began)

    def save(self) -> None:
        """A checkpoint of the state after the last step."""
        self.settle()
        self._write()

    def keep(self) -> None:
        """A checkpoint of what was learned before steps came to nothing; they are done, and not to be taken again."""
        self.trainer.result.skipped_steps += len(self._open.drain())  # handed over after them, and not applied either
        self._write()

    def _write(self) -> None:
        trainer = self.trainer
        position = {**self.position, LOSS_SCALE: trainer.update.state()}
        with timed("checkpoints"):
            save_checkpoint(self.callbacks.folder, trainer.model, trainer.optimizer, trainer.result, position)
