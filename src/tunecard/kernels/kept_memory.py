"""Memory that passes lend and give back: fresh pages for every step would cost a processor a tenth of a small one."""

from __future__ import annotations

import threading
from functools import cache

import torch
from torch import Tensor

GRAIN = 1 << 20  # bytes: lengths of batches differ a little, and one piece serves the next
MOST = 1.5  # a piece is lent where no more than half as much again is wanted


LEARNT = 31 << 20  # bytes: glibc learns from what is freed up to 32 MiB


class _Shelf(threading.local):
    """Pieces of one thread that nobody uses, no more of them than were ever in use at once.

    Attributes:
        free: those given back last at the end.
        lent, most: how many are in use, and the most that ever were.
    """

    def __init__(self) -> None:
        self.free: list[Tensor] = []
        self.lent = self.most = 0

    def take(self, size: int) -> Tensor:
        self.lent += 1
        self.most = max(self.most, self.lent)
        for place in range(len(self.free) - 1, -1, -1):
            if size <= len(self.free[place]) <= max(GRAIN, MOST * size):
                return self.free.pop(place)
        return torch.empty(-(-size // GRAIN) * GRAIN, dtype=torch.uint8)

    def put(self, memory: Tensor) -> None:
        self.lent = max(0, self.lent - 1)  # what another thread took is not counted here
        self.free.append(memory)
        del self.free[: max(0, len(self.free) + self.lent - self.most)]


_shelf = _Shelf()


class Lent:
    """So many bytes or more, for as long as this object lives; then they wait for the next who asks."""

    def __init__(self, size: int) -> None:
        self.memory = _shelf.take(size)

    def __del__(self) -> None:
        _shelf.put(self.memory)


@cache
def keep_freed_memory() -> None:
    """From now on the C library keeps what this process frees for whoever asks next, up to 62 MiB at its heap's end.

    glibc maps each piece beyond 128 KiB anew and gives it back at once, until one as large was freed; then it keeps up
    to twice as much (mallopt(3), M_MMAP_THRESHOLD). Results of a few MiB would bring fresh pages with every pass. Who has
    set those bounds for the process keeps them; `give_back_memory` still gives back; other C libraries learn nothing.
    """
    torch.empty(LEARNT, dtype=torch.uint8)  # freed at once, and never touched


def lent_now() -> tuple[int, int]:
    """Of this thread: pieces in use, and pieces that wait."""
    return _shelf.lent, len(_shelf.free)
