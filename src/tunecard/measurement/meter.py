"""How long a stage took, how much processor time it used and how much memory it reached.

Peak memory: on Linux the kernel keeps the process's high-water mark (`VmHWM`). When the mark rose during a stage, the
stage's peak is the mark, exactly. When it did not (an earlier stage reached higher), the peak is the largest resident
size among samples, ten a second, and the mark bounds it from above. `VmHWM` and not `ru_maxrss`: the latter survives
`exec`, so that a fresh process begins with the peak of the process that started it.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tunecard.measurement.processor_time import OthersMeter, process_cpu_seconds

SAMPLE_SECONDS = 0.1
MEMORY_METHOD = (
    "resident memory of the process: the kernel's high-water mark where the stage raised it, else samples 10 a second"
)


@dataclass(frozen=True)
class StageUsage:
    """What one stage used.

    Attributes:
        name: "training", "evaluation", ...
        seconds: wall time.
        cpu_seconds: user and system time of the process and its children.
        peak_memory_bytes: largest resident memory of the process during the stage.
        others_seconds: processor time that others used meanwhile; None where nobody counted it.
    """

    name: str
    seconds: float
    cpu_seconds: float
    peak_memory_bytes: int
    others_seconds: float | None = None


class Sampler:
    """Calls a function again and again from a light thread between `start` and `stop`."""

    def __init__(self, sample: Callable[[], None], interval_seconds: float) -> None:
        self._sample = sample
        self._interval_seconds = interval_seconds
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tunecard-sampler", daemon=True)

    def start(self) -> None:
        """Begin sampling."""
        self._thread.start()

    def stop(self) -> None:
        """End sampling and wait for the thread."""
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._done.wait(self._interval_seconds):
            self._sample()


class Stopwatch:
    """Measures one stage: `with Stopwatch("training") as watch: ...`, then `watch.usage`.

    The usage is also there when the stage raised. A watch is used once.
    """

    def __init__(self, name: str, *, sample_seconds: float = SAMPLE_SECONDS) -> None:
        self.name = name
        import psutil

        self._process = psutil.Process()
        self._sampler = Sampler(self._sample, sample_seconds)
        self._sampled_bytes = 0
        self._usage: StageUsage | None = None

    @property
    def usage(self) -> StageUsage:
        """What the stage used. Raises: RuntimeError: the stage has not ended."""
        if self._usage is None:
            raise RuntimeError(f"the stage {self.name!r} has not ended")
        return self._usage

    def __enter__(self) -> Self:
        self._mark_before = process_peak_memory_bytes()
        self._cpu_before, self._others = process_cpu_seconds(), OthersMeter()
        self._sample()
        self._sampler.start()
        self._started = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._sampler.stop()
        self._usage = self.so_far()

    def so_far(self) -> StageUsage:
        """What the stage, begun and perhaps not ended, used until now."""
        seconds = time.perf_counter() - self._started
        self._sample()
        mark = process_peak_memory_bytes()
        peak = mark if mark > self._mark_before else self._sampled_bytes
        used = max(0.0, process_cpu_seconds() - self._cpu_before)
        return StageUsage(self.name, seconds, used, peak, self._others.seconds())

    def _sample(self) -> None:
        self._sampled_bytes = max(self._sampled_bytes, int(self._process.memory_info().rss))


def process_peak_memory_bytes() -> int:
    """High-water mark of this process's resident memory since it began."""
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    if sys.platform == "win32":
        import psutil

        return int(psutil.Process().memory_info().peak_wset)
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
