"""Trials as tasks of Ray's workers, of one machine or of a cluster: many at once, each as `InTurn` makes it.

One actor holds the race, so that every trial hears the same of it whoever makes it. Where a worker dies its trial goes
on elsewhere, from its last checkpoint. All machines must see the sweep's folder and the recipe's data by one path.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import ray

from tunecard.counted import Count
from tunecard.errors import Interrupted, TunecardError
from tunecard.on_ray.pool import Pool, pool_for
from tunecard.on_ray.session import machines, ray_session
from tunecard.pipeline.kept import Kept
from tunecard.pipeline.progress import SILENCE, ProgressListener
from tunecard.sweeping.race import Outrun, Race
from tunecard.sweeping.trial import Job, train_trial
from tunecard.training import watch_signals

RETRIES = 2  # of a trial whose worker died
STOPPED = "stopped; what was trained is kept. Go on with --resume."
# Of this process, which makes one trial after another: what one has prepared the next of the same call need not. Ray
# keeps workers for later calls, before which files may have changed.
_kept: dict[str, Kept] = {}


class OverRay:
    """Makes trials on Ray's workers.

    Args:
        address: as `ray_session` takes it.
    """

    def __init__(self, address: str | None) -> None:
        self._address = address

    def __call__(self, jobs: Sequence[Job], race: Race | None, count: Count, listener: ProgressListener) -> None:
        """As `Loop`. All others are made although one has failed; the first fault is then raised."""
        with ray_session(self._address), watch_signals():
            pool = pool_for(machines(), len(jobs), _device_of(jobs))
            referee = None if race is None else ray.remote(num_cpus=0)(Referee).remote(race)
            faults = _all(jobs, pool, referee, count, listener)
        if race is not None:
            race.read()
        if faults:
            raise faults[0]


class Referee:
    """The race, in a process of its own."""

    def __init__(self, race: Race) -> None:
        self._race = race

    def goes_on(self, name: str, epoch: int, score: float, last: int) -> bool:
        """As `Race.goes_on`."""
        return self._race.goes_on(name, epoch, score, last)


def _all(
    jobs: Sequence[Job], pool: Pool, referee: Any, count: Count, listener: ProgressListener
) -> list[TunecardError]:
    """Faults of trials, in the order in which they came."""
    task = ray.remote(num_cpus=pool.threads, num_gpus=pool.devices, max_retries=RETRIES)(train_there)
    call = uuid4().hex
    names = {task.remote(job, referee, pool.threads, call): job.name for job in jobs}
    waiting, faults = list(names), []
    while waiting:
        done, waiting = ray.wait(waiting)
        for one in done:
            count.tell(names[one])
            count.advance()
            became = _became(one, names[one])
            if isinstance(became, TunecardError):
                faults.append(became)
            elif became is not None:
                listener.note(f"{names[one]} {became}")
    return faults


def _became(one: Any, name: str) -> TunecardError | str | None:
    """What became of a trial: None where it is whole, words where it was stopped early, or a fault."""
    try:
        became: TunecardError | str | None = ray.get(one)
    except ray.exceptions.RayError as error:
        told = str(error).strip().splitlines()
        return Interrupted(f"{name}: its worker was lost ({told[-1] if told else type(error).__name__}). {STOPPED}")
    return became


def train_there(job: Job, referee: Any, threads: int, call: str) -> TunecardError | str | None:
    """Makes a trial in this process; a fault is an answer as well, so that nobody tries it again."""
    import torch

    def tell(name: str, epoch: int, score: float, last: int) -> None:
        if referee is not None and not ray.get(referee.goes_on.remote(name, epoch, score, last)):
            raise Outrun

    torch.set_num_threads(threads)
    try:
        train_trial(job, tell, _kept_of(call), SILENCE)
    except Outrun:
        return "was stopped early: it scored below the median of those before it"
    except TunecardError as error:
        return error
    return None


def _kept_of(call: str) -> Kept:
    """What this process has prepared for a call, and no longer for those before."""
    if call not in _kept:
        _kept.clear()
        _kept[call] = Kept()
    return _kept[call]


def _device_of(jobs: Sequence[Job]) -> str:
    """ "cpu" where no trial wants another device."""
    return "cpu" if all(job.recipe.device == "cpu" for job in jobs) else "auto"
