"""Processor time, of this process and of all others: a busy machine makes every time longer.

Others are all processes but this one and its children, and what a hypervisor took away. Only the threads that this
process may use are looked at. The system counts in hundredths of a second, so short times are told only roughly.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil


# Of these a processor's busy time is made; guest time is in `user` already.
BUSY = ("user", "nice", "system", "irq", "softirq", "steal")


def process_cpu_seconds() -> float:
    """User and system seconds of this process, its finished children and those still alive."""
    import psutil

    process = psutil.Process()
    total = _spent_seconds(process)
    for child in process.children(recursive=True):
        try:
            total += _spent_seconds(child)
        except psutil.Error:  # it ended between the listing and the reading
            continue
    return total


class OthersMeter:
    """Begins to count when it is made.

    Args:
        busy: seconds in which the threads were busy so far, all together.
        own: seconds of this process and its children so far.
        timer: wall time in seconds.
        threads: how many hardware threads `busy` is over.
    """

    def __init__(
        self,
        busy: Callable[[], float] | None = None,
        own: Callable[[], float] = process_cpu_seconds,
        timer: Callable[[], float] = time.perf_counter,
        threads: int | None = None,
    ) -> None:
        self._busy, self._own, self._timer = busy or busy_seconds, own, timer
        self._threads = threads or len(usable_threads())
        self._before = self._busy(), self._own(), self._timer()

    def seconds(self) -> float:
        """Processor seconds that others used until now."""
        busy, own, _ = self._gained()
        return max(0.0, busy - own)

    def share(self) -> float | None:
        """Of all that the threads could have done until now; None where no time has passed."""
        wall = self._gained()[2]
        return min(1.0, self.seconds() / (wall * self._threads)) if wall > 0 else None

    def _gained(self) -> tuple[float, float, float]:
        now = self._busy(), self._own(), self._timer()
        return now[0] - self._before[0], now[1] - self._before[1], now[2] - self._before[2]


def busy_seconds() -> float:
    """Seconds in which the threads that this process may use were busy with anything, all together, since the start."""
    import psutil

    by_thread = psutil.cpu_times(percpu=True)
    chosen = [by_thread[place] for place in usable_threads() if place < len(by_thread)]
    return sum(float(getattr(times, kind, 0.0)) for times in chosen for kind in BUSY)


def usable_threads() -> list[int]:
    """Numbers of the hardware threads that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def _spent_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    finished_children = getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
    return float(times.user + times.system + finished_children)
