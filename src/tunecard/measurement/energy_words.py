"""The figures that an energy rests on, read back from the words of its method: what a verifier multiplies again."""

from __future__ import annotations

import re
from dataclasses import dataclass

PUE_LOW, PUE_HIGH = 1.0, 1.6
LEAST_BUSY_SHARE = 0.1  # of one thread: a stage that waits for a disk or a card still keeps the processor awake
WATT_SECONDS_PER_KWH = 3.6e6
_NUMBER = r"(\d+(?:\.\d+)?(?:e[+-]?\d+)?)"
_SPENT = re.compile(rf"^{_NUMBER} s of processor time to {_NUMBER} threads for {_NUMBER} s, times ")
_THREADS = re.compile(rf"{_NUMBER} W a busy thread.*? to {_NUMBER} W an available thread")
_ACCELERATOR = re.compile(rf"accelerator {_NUMBER} to {_NUMBER} W")
_COVERED = re.compile(rf"^sum of the stages \({_NUMBER} s;")
_BUSY = re.compile(rf"; {_NUMBER} s of processor time")


@dataclass(frozen=True)
class EnergyAssumptions:
    """What a range of energy was computed from: each figure as it is told, which is to two or four digits."""

    busy_seconds: float
    threads: float
    seconds: float
    thread_watts: tuple[float, float]
    accelerator_watts: tuple[float, float]

    def range_kwh(self) -> tuple[float, float]:
        """The range that follows, the building's overhead included."""
        busy = max(self.busy_seconds, LEAST_BUSY_SHARE * self.seconds)
        low = busy * self.thread_watts[0] + self.seconds * self.accelerator_watts[0]
        available = max(self.threads * self.seconds, busy)
        high = available * self.thread_watts[1] + self.seconds * self.accelerator_watts[1]
        return low * PUE_LOW / WATT_SECONDS_PER_KWH, high * PUE_HIGH / WATT_SECONDS_PER_KWH


def read_assumptions(method: str) -> EnergyAssumptions | None:
    """The figures in the method of an `energy.{stage}_kwh` that is a range; None where a part of it was metered, or the
    method is in other words.

    >>> said = "9 s of processor time to 2 threads for 20 s, times 2 W a busy thread to 8 W an available thread"
    >>> low, high = read_assumptions(said).range_kwh()
    >>> round(low * 3.6e6, 6), round(high * 3.6e6, 6)  # 9 x 2 x 1.0 and 2 x 20 x 8 x 1.6
    (18.0, 512.0)
    """
    spent, watts = _SPENT.search(method), _THREADS.search(method)
    if spent is None or watts is None or "; metered:" in method:
        return None
    busy, threads, seconds = map(float, spent.groups())
    card = _ACCELERATOR.search(method)
    of_card = (float(card[1]), float(card[2])) if card else (0.0, 0.0)
    return EnergyAssumptions(busy, threads, seconds, (float(watts[1]), float(watts[2])), of_card)


def sum_in_words(seconds: float | None) -> str:
    """The method of `energy.total_kwh`; `seconds` of the stages, which is what the sum covers."""
    covered = "" if seconds is None else f" ({seconds:.4g} s; not what a run does between stages)"
    return f"sum of the stages{covered}"


def covered_seconds(method: str) -> float | None:
    """The seconds in the method of `energy.total_kwh`.

    >>> covered_seconds(sum_in_words(12.34))
    12.34
    """
    found = _COVERED.search(method)
    return float(found[1]) if found else None


def busy_seconds(method: str) -> float | None:
    """The processor time in the method of an `environment.{stage}_hours`.

    >>> busy_seconds("wall time; 9.06 s of processor time")
    9.06
    """
    found = _BUSY.search(method)
    return float(found[1]) if found else None
