"""What a door may hear while a run goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tunecard.training.result import EpochRecord


class ProgressListener(Protocol):
    """Receives progress; it must not change the run."""

    def stage(self, title: str) -> None:
        """A new stage begins."""

    def step(self, done: int, total: int, loss: float) -> None:
        """An optimizer step ended; `loss` is its mean over labels."""

    def epoch(self, record: EpochRecord, total_epochs: int, metric: str) -> None:
        """An epoch ended and was validated."""

    def note(self, text: str) -> None:
        """Something a user should know."""


class Silence:
    """Hears nothing."""

    def stage(self, title: str) -> None: ...

    def step(self, done: int, total: int, loss: float) -> None: ...

    def epoch(self, record: EpochRecord, total_epochs: int, metric: str) -> None: ...

    def note(self, text: str) -> None: ...


SILENCE = Silence()
