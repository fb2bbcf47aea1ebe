"""Memory that passes lend and give back: fresh pages for every step would cost a processor a tenth of a small one."""

from __future__ import annotations

import mmap
import threading
from functools import cache

import torch
from torch import Tensor

GRAIN = 1 << 20  # bytes
SPARE = 1.5  # so much more is made than was asked for: batches differ in length, and pages nobody touches cost nothing
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
        self.most = max(self.most, self.lent + 1)
        memory = self._found(size)
        self.lent += 1
        return memory

    def _found(self, size: int) -> Tensor:
        fitting = [place for place, piece in enumerate(self.free) if len(piece) >= size]
        if fitting:  # of those that are as large, the one given back last: its pages may still be in a cache
            return self.free.pop(min(reversed(fitting), key=lambda place: len(self.free[place])))
        self._drop_surplus(wanted=1)
        return _mapped(int(SPARE * size) // GRAIN * GRAIN + GRAIN)

    def put(self, memory: Tensor) -> None:
        self.lent = max(0, self.lent - 1)  # what another thread took is not counted here
        self.free.append(memory)
        self._drop_surplus()

    def _drop_surplus(self, wanted: int = 0) -> None:
        del self.free[: max(0, len(self.free) + self.lent + wanted - self.most)]


def _mapped(size: int) -> Tensor:
    """Memory that goes back to the system as soon as it is freed: of what C's allocator was given back before larger
    pieces were needed, it would keep nearly all."""
    try:
        pages = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)  # a forked process gets its own
    except OSError as error:
        raise RuntimeError(f"not enough memory: {size} bytes were asked for") from error
    return torch.frombuffer(pages, dtype=torch.uint8)


_shelf = _Shelf()


class Lent:
    """So many bytes or more, for as long as this object lives; then they wait for the next who asks."""

    def __init__(self, size: int) -> None:
        self.memory = _shelf.take(size)

    def __del__(self) -> None:
        if hasattr(self, "memory"):  # there was enough
            _shelf.put(self.memory)


@cache
def keep_freed_memory() -> None:
    """From now on the C library keeps what this process frees for whoever asks next, up to 62 MiB at its heap's end.

    glibc maps each piece beyond 128 KiB anew and gives it back at once, until one as large was freed; then it keeps up
    to twice as much (mallopt(3), M_MMAP_THRESHOLD). Results of a few MiB would bring fresh pages with every pass.
    Bounds that somebody has set for the process stay; `give_back_memory` still gives back; other C libraries learn
    nothing.
    """
    torch.empty(LEARNT, dtype=torch.uint8)  # freed at once, and never touched


def lent_now() -> tuple[int, int]:
    """Of this thread: pieces in use, and pieces that wait."""
    return _shelf.lent, len(_shelf.free)
