"""A run by several processes: the first walks the path, and the others stand by for its trainings.

They read the rows themselves, make the models that they are told of, and leave when the last training has ended: what
comes after is asked of the saved adapter, by one process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from tunecard.errors import RecipeError
from tunecard.evidence import RunFolder
from tunecard.inference import choose_device
from tunecard.measurement.computing_unit import computing_unit
from tunecard.pipeline.learning import take_part
from tunecard.pipeline.plans import Plans
from tunecard.pipeline.preparing import PreparedRun, RunContext
from tunecard.pipeline.progress import SILENCE
from tunecard.ranks.joining import joined
from tunecard.ranks.place import Place
from tunecard.ranks.presence import LEAVE
from tunecard.training import watch_signals
from tunecard.training.frozen_prefix.cache import KEY
from tunecard.training.ranks.leading import Leading
from tunecard.training.ranks.ranks import ALONE, Ranks


@contextmanager
def led(place: Place, plans: Plans) -> Iterator[Ranks]:
    """The processes of a run, seen from the first; they are let go when the block ends.

    Raises: RecipeError: what the recipe asks is no work for several. MachineError: they do not meet.
    """
    if place.count == 1:
        yield ALONE
        return
    device = _device(plans)
    # Its own signals are asked for by whoever trains.
    with joined(place, device=device, words=computing_unit(device), asks_to_stop=lambda: False) as group:
        yield Leading(group)


def without_others(context: RunContext) -> RunContext:
    """The same run by this process alone; the others leave."""
    context.ranks.leave()
    return replace(context, ranks=ALONE)


def follow(place: Place, plans: Plans, prepare: Callable[[], PreparedRun], folder: RunFolder) -> None:
    """All that another process than the first does.

    Args:
        prepare: reads data and base.
        folder: what the first process makes; nothing is read or written here.
    Raises: RankLost, HandedOver, Interrupted.
    """
    device = _device(plans)
    with (
        watch_signals() as stop,
        joined(place, device=device, words=computing_unit(device), asks_to_stop=stop) as group,
    ):
        context = RunContext(prepare(), folder, SILENCE, stop=stop)
        while LEAVE not in (call := group.presence.next_call()):
            take_part(context, call, group)


def _device(plans: Plans) -> str:
    """What each process computes on: "cpu" or "cuda". Raises: RecipeError: all that is no work for several."""
    wish, faults = plans.device, []
    if wish.startswith("cuda:") or wish == "mps":
        faults.append(f"device must be auto, cpu or cuda where several processes train: each has its GPU. Got {wish}.")
    if plans.recipe.training.cache_frozen_prefix is True:
        faults.append(f"{KEY} keeps states for one process. Leave it out where several train.")
    if faults:
        raise RecipeError(faults)
    return "cuda" if choose_device(wish) == "cuda" else "cpu"
