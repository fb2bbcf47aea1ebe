"""What a door may hear while a run goes on."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Protocol

from tunecard.counted import Count, Uncounted

if TYPE_CHECKING:
    from tunecard.training.result import EpochRecord

# Hears a line of the learning curve and how many epochs are planned. The state of the training is saved then: what is
# raised here ends the run, which may be gone on with.
AfterEpoch = Callable[["EpochRecord", int], None]


def goes_on(record: EpochRecord, planned: int) -> None:
    """Ends no training."""


class ProgressListener(Protocol):
    """Receives progress; it must not change the run. One without `counted` hears stages, steps and epochs alone."""

    def stage(self, title: str) -> None:
        """A new stage begins."""

    def step(self, done: int, total: int, loss: float) -> None:
        """An optimizer step ended; `loss` is its mean over labels."""

    def epoch(self, record: EpochRecord, total_epochs: int, metric: str) -> None:
        """An epoch ended and was validated."""

    def note(self, text: str) -> None:
        """Something a user should know."""

    def counted(self, title: str, total: int | None, unit: str, done: int = 0) -> AbstractContextManager[Count]:
        """Work of a stage begins and ends with the block; what is done of it goes to the count.

        Args:
            title: what is done.
            total: how many units there are; None where nobody knows.
            unit: what is counted, in the plural; empty where nothing is.
            done: how much of it was done before.
        """


class Silence:
    """Hears nothing."""

    def stage(self, title: str) -> None: ...

    def step(self, done: int, total: int, loss: float) -> None: ...

    def epoch(self, record: EpochRecord, total_epochs: int, metric: str) -> None: ...

    def note(self, text: str) -> None: ...

    def counted(self, title: str, total: int | None, unit: str, done: int = 0) -> AbstractContextManager[Count]:
        return nullcontext(Uncounted())


SILENCE = Silence()
