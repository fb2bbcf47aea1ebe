"""From processes that a launcher started to a group, and apart again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import torch
import torch.distributed as dist
from torch.distributed import PrefixStore  # type: ignore[attr-defined]
from torch.distributed.rendezvous import rendezvous

from tunecard.errors import Interrupted, MachineError
from tunecard.ranks.group import Group
from tunecard.ranks.lost import HandedOver
from tunecard.ranks.place import ADDRESS, PORT, Place
from tunecard.ranks.presence import Presence

# How long an operation of the group may wait for the slowest rank: rank 0 writes checkpoints and scores meanwhile.
LIMIT = 600.0
TO_MEET = 300.0


@contextmanager
def joined(
    place: Place,
    *,
    device: str,
    words: str,
    asks_to_stop: Callable[[], bool],
    limit: float = LIMIT,
    to_meet: float = TO_MEET,
) -> Iterator[Group]:
    """The group, for as long as the block lasts.

    Args:
        device: "cpu", or "cuda" for the GPU of this process's number on its machine, which it has from then on.
        words: what this rank computes on, as the card tells it.
        asks_to_stop: whether this process was asked to stop.
        limit: seconds that an operation may take.
        to_meet: seconds until all ranks must have come.
    Raises:
        MachineError: the ranks do not meet, or there is no GPU of this number.
        RankFailed: at rank 0, another rank has told why it ended.
        HandedOver: at another rank, rank 0 was told why this one ended.
    """
    if device != "cpu":
        take_own_gpu(place)
    group = _meet(place, "gloo" if device == "cpu" else "cpu:gloo,cuda:nccl", asks_to_stop, limit, to_meet)
    group.presence.introduce(words)
    try:
        yield group
    except BaseException as error:
        _part(group, error)
        raise
    finally:
        with suppress(RuntimeError):  # a group that is broken has nothing to end
            group.leave()


def take_own_gpu(place: Place) -> None:
    """Makes "cuda" mean the GPU of this process. Raises: MachineError: there is none of its number."""
    count = torch.cuda.device_count()
    if place.local >= count:
        raise MachineError(
            f"every process needs a GPU of its own: this is number {place.local} on its machine, which has {count}. "
            "Start no more processes on a machine than it has GPUs, or use --set device=cpu."
        )
    torch.cuda.set_device(place.local)


def _meet(place: Place, backend: str, asks_to_stop: Callable[[], bool], limit: float, to_meet: float) -> Group:
    try:
        store, _, _ = next(rendezvous("env://", place.number, place.count, timeout=timedelta(seconds=to_meet)))
        store.set_timeout(timedelta(seconds=to_meet))
        dist.init_process_group(
            backend, store=PrefixStore("group", store), rank=place.number, world_size=place.count,
            timeout=timedelta(seconds=limit),
        )  # fmt: skip
        return Group(place, Presence(PrefixStore("presence", store), place, asks_to_stop))
    except (RuntimeError, OSError) as error:
        where = f"{os.environ.get(ADDRESS)}:{os.environ.get(PORT)}"
        raise MachineError(
            f"{place.count} ranks must meet at {where} within {to_meet:g} seconds, and rank {place.number} waited in "
            f"vain: {str(error).splitlines()[0]}. Are all of them started, and may they reach that port?"
        ) from error


def _part(group: Group, error: BaseException) -> None:
    """Tells rank 0 why this one ends, or at rank 0 whether another one's end is why it was ended."""
    if not group.place.is_first:
        is_own = not isinstance(error, Interrupted | KeyboardInterrupt)
        if is_own and group.presence.tell_failure(error):
            raise HandedOver(f"rank {group.place.number}: {error}") from error
    elif type(error) is Interrupted or isinstance(error, KeyboardInterrupt):  # a launcher ends all where one has failed
        failure = group.presence.failure()
        if failure is not None:
            raise failure from error
