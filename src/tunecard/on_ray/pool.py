"""How many workers, each with how many threads or a device: as many as there is room for, and no thread twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MOST_THREADS = 4  # beyond, a product of an encoder's size gains less than another worker does
LEAST_WORKERS = 2  # of a machine with several processors: while one writes, another computes


@dataclass(frozen=True)
class Pool:
    """Workers that are alike.

    Attributes:
        workers: how many.
        threads: that each may use.
        devices: GPUs of each.
    """

    workers: int
    threads: int
    devices: int


def pool_for(machines: Sequence[Mapping[str, float]], shards: int, device: str) -> Pool:
    """The workers for so many shards.

    Args:
        machines: of each what Ray may use there, by its names: "CPU", "GPU".
        device: as asked for; "auto" takes GPUs where there are any.
    """
    gpus = 0 if device == "cpu" else int(sum(machine.get("GPU", 0) for machine in machines))
    if gpus:
        return Pool(max(1, min(gpus, shards)), 1, 1)
    processors = [int(machine.get("CPU", 0)) for machine in machines if machine.get("CPU", 0) >= 1] or [1]
    threads = max(1, min(MOST_THREADS, min(processors) // LEAST_WORKERS))
    return Pool(max(1, min(shards, sum(count // threads for count in processors))), threads, 0)
