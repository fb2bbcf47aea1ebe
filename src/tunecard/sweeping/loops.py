"""Who calls for trials one by one or many at once: the promise, and the loop that makes them one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from tunecard.counted import Count, one_of
from tunecard.errors import Interrupted
from tunecard.pipeline.kept import Kept
from tunecard.pipeline.progress import ProgressListener
from tunecard.stock.warm_parent import warm_parent
from tunecard.sweeping.race import Outrun, Race
from tunecard.sweeping.trial import Job, train_trial


class Loop(Protocol):
    """Makes trials."""

    def __call__(self, jobs: Sequence[Job], race: Race | None, count: Count, listener: ProgressListener) -> None:
        """Makes every one; with a race, those that it stops are ended.

        Args:
            jobs: none of them finished or stopped.
            count: one is done when its trial has ended.
        Raises: TunecardError: a trial that failed, or an interruption. What was trained is kept.
        """


class InTurn:
    """One after the other in this process; what one has prepared the next need not."""

    def __init__(self) -> None:
        self._kept = Kept()

    def __call__(self, jobs: Sequence[Job], race: Race | None, count: Count, listener: ProgressListener) -> None:
        """As `Loop`."""
        with warm_parent():
            for job in jobs:
                with one_of(count, job.name):
                    self._make(job, race, listener)

    def _make(self, job: Job, race: Race | None, listener: ProgressListener) -> None:
        def tell(name: str, epoch: int, score: float, last: int) -> None:
            if race is not None and not race.goes_on(name, epoch, score, last):
                raise Outrun

        try:
            train_trial(job, tell, self._kept, listener)
        except Outrun:
            listener.note(f"{job.name} was stopped early: it scored below the median of those before it")
        except Interrupted as error:
            kept = "stopped; what was trained is kept. Go on with --resume."
            raise Interrupted([*error.problems[:-1], kept]) from error
