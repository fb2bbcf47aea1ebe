"""What a step came to, on its way from the device to the host: nobody waits for it before it is asked for."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor


class Outcome(NamedTuple):
    """The numbers of a step.

    Attributes:
        loss_sum: over its labels.
        is_skipped: it was not applied.
        is_failed: loss or gradient are not finite, and that is no matter of scale.
        is_broken: too many in a row were so: nor was anything after it applied.
    """

    loss_sum: float
    is_skipped: bool
    is_failed: bool
    is_broken: bool


@dataclass(frozen=True)
class StepReading:
    """A step that was handed to the device.

    Attributes:
        step: its number, from 1.
        weight: of its labels, so that `loss_sum / weight` is its mean loss.
        learning_rate: the one that it was taken with.
        values: (4,) on the host, or soon: what `Outcome` holds.
        arrived: of a GPU, done when `values` have arrived.
    """

    step: int
    weight: float
    learning_rate: float
    values: Tensor
    arrived: torch.cuda.Event | None = None

    @property
    def has_arrived(self) -> bool:
        """Whether reading would not wait."""
        return self.arrived is None or bool(self.arrived.query())  # type: ignore[no-untyped-call]

    @cached_property
    def outcome(self) -> Outcome:
        """The numbers; waits for them."""
        if self.arrived is not None:
            self.arrived.synchronize()
        loss_sum, *marks = self.values.tolist()
        return Outcome(loss_sum, *map(bool, marks))

    @property
    def mean_loss(self) -> float:
        """Over labels; waits."""
        return self.outcome.loss_sum / max(self.weight, 1e-12)


def send_to_host(values: Tensor) -> tuple[Tensor, torch.cuda.Event | None]:
    """A copy on the host, and what tells that it has arrived; on a GPU nobody waits here."""
    if values.device.type != "cuda":
        return values.to("cpu"), None
    copy = values.to("cpu", non_blocking=True)  # torch takes pinned memory for it
    arrived = torch.cuda.Event()  # type: ignore[no-untyped-call]
    arrived.record(torch.cuda.current_stream(values.device))
    return copy, arrived


class OpenSteps:
    """Steps that the host has not read yet: the newest at most, so that a GPU always has the next one to go on with."""

    def __init__(self) -> None:
        self._open: deque[StepReading] = deque()

    def add(self, reading: StepReading) -> list[StepReading]:
        """Takes in a step. Returns: those read by now, oldest first; waits for all but the newest."""
        self._open.append(reading)
        return self._read(left=1)

    def drain(self) -> list[StepReading]:
        """All that are left, read."""
        return self._read(left=0)

    def _read(self, left: int) -> list[StepReading]:
        read = []
        while self._open and (len(self._open) > left or self._open[0].has_arrived):
            read.append(self._open.popleft())
            _ = read[-1].outcome
        return read
