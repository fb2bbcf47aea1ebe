"""What all requests of one server share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tunecard.serving.doors import Doors
from tunecard.serving.limits import Limits
from tunecard.serving.measures import Measures
from tunecard.serving.refusals import Refused
from tunecard.serving.shelf import Library, Row
from tunecard.serving.worker import Worker

# A row of each kind; which of them an adapter takes it says itself.
CANARIES: tuple[Any, ...] = ("A canary.", ("A canary.", "A bird."), ("A canary.", ["sings", "flies"]))
CANARY_SECONDS = 5.0


@dataclass
class State:
    """One server.

    Attributes:
        is_draining: it was told to stop.
    """

    worker: Worker
    limits: Limits
    doors: Doors
    measures: Measures
    is_draining: bool = False

    @property
    def library(self) -> Library:
        """The adapters as they are now."""
        return self.worker.library

    async def is_ready(self) -> bool:
        """Whether a row gets its answer in time: of one adapter, since all wait in one queue."""
        return not self.is_draining and bool(self.library.names) and await self.answers_canary() is True

    async def answers_canary(self) -> bool | None:
        """Whether a row is answered as it should: None where it was not reached, since others wait before it."""
        row = canary(self.library)
        if row is None:
            return True
        try:
            (answer,) = await self.worker.ask([row], 1, CANARY_SECONDS, goes_first=True)
        except (TimeoutError, Refused):
            return None
        return "error" not in answer


def canary(library: Library) -> Row | None:
    """A row that some adapter takes."""
    pairs = ((name, row) for name in library.names for row in CANARIES)
    return next((pair for pair in pairs if library.fault_of(*pair) is None), None)
