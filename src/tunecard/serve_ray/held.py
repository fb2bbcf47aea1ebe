"""What a replica holds: the server's state over the folders of its node, begun, watched and ended."""

from __future__ import annotations

import asyncio
import logging

from tunecard.serve_ray.arguments import Arguments
from tunecard.serve_ray.figures import keep_telling
from tunecard.serving.doors import Doors, doors_of, read_token
from tunecard.serving.server import begin, watch

log = logging.getLogger("ray.serve")  # whose lines Ray keeps with those of the replica
ANY_HOST = "0.0.0.0"


class Held:
    """Every adapter of the folders in one process, and the thread that computes.

    Raises: TunecardError: a folder, token or base that cannot be loaded; Ray tells it as why the deployment failed.
    """

    def __init__(self, asked: Arguments) -> None:
        self._asked = asked
        self.state, self._open = begin(
            asked.folders,
            doors_for(asked),
            base=asked.base,
            device=asked.device,
            precision=asked.precision,
            limits=asked.limits,
            told=log.info,
        )
        self._tasks: list[asyncio.Task[None]] = []
        log.info("%d adapters", len(self.state.library.names))

    def attend(self) -> None:
        """From now on adapters that come and go in the folders are taken in, and figures are told; asked from the loop
        that answers."""
        watching = watch(self.state, self._asked.folders, self._open, log.info)
        self._tasks = [asyncio.create_task(watching), asyncio.create_task(keep_telling(self.state.measures))]

    def rows_computed(self) -> float:
        """Since it began."""
        samples = (sample for family in self.state.measures.families() for sample in family.samples)
        return next(sample.value for sample in samples if sample.name == "tunecard_rows_total")

    def end(self) -> None:
        """No more is taken; what was taken is computed first, within the limit."""
        self.state.is_draining = True
        for task in self._tasks:
            task.cancel()
        self.state.worker.close()
        self.state.worker.join(self._asked.limits.drain_seconds)


def doors_for(asked: Arguments) -> Doors:
    """With a token whoever shows it may ask; without one this machine may (`peers.py`), and by its own name."""
    if asked.token_file is None:
        return Doors("127.0.0.1")
    return doors_of(ANY_HOST, read_token(asked.token_file))
