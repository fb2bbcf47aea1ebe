"""Reads energy counters over a stage. Counters wrap around, some within minutes, so they are read again and again."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from tunecard.measurement.counters import Component, Counter, Meters
from tunecard.measurement.meter import Sampler

SAMPLE_SECONDS = 20.0  # a span of 65 kJ at 500 W lasts 131 s: no second wrap fits between two readings
JOULES_PER_KWH = 3.6e6


@dataclass(frozen=True)
class EnergyReading:
    """What the counters added up to over a stage: kWh of whole components, other load included; None: not metered."""

    processor_kwh: float | None = None
    accelerator_kwh: float | None = None


class EnergyMeter:
    """Meters one stage: `with EnergyMeter(find_meters()) as meter: ...`, then `meter.reading`.

    Without counters it costs nothing and reads nothing. A counter that fails midway makes its component "not metered".
    """

    def __init__(self, meters: Meters, *, sample_seconds: float = SAMPLE_SECONDS) -> None:
        self._counters = meters.counters
        self._sampler = Sampler(self.sample, sample_seconds) if self._counters else None
        self._last: dict[Counter, float] = {}
        self._joules: dict[Counter, float] = dict.fromkeys(self._counters, 0.0)
        self._failed: set[Component] = set()
        self._lock = threading.Lock()

    @property
    def reading(self) -> EnergyReading:
        """What was metered up to the last sample."""
        return EnergyReading(self._kwh("processor"), self._kwh("accelerator"))

    def __enter__(self) -> Self:
        self.sample()
        if self._sampler:
            self._sampler.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._sampler:
            self._sampler.stop()
        self.sample()

    def sample(self) -> None:
        """Reads every counter and adds what it gained since the last sample."""
        with self._lock:
            for counter in self._counters:
                try:
                    count = counter.read_joules()
                except (OSError, ValueError):
                    self._failed.add(counter.component)
                    continue
                self._joules[counter] += gained_joules(self._last.get(counter, count), count, counter.span_joules)
                self._last[counter] = count

    def _kwh(self, component: Component) -> float | None:
        joules = [self._joules[counter] for counter in self._counters if counter.component == component]
        return sum(joules) / JOULES_PER_KWH if joules and component not in self._failed else None


def gained_joules(before: float, after: float, span_joules: float | None) -> float:
    """Joules between two counts of one counter that may have begun again at 0 once.

    >>> gained_joules(90.0, 20.0, 100.0)
    30.0
    """
    if after >= before:
        return after - before
    return after - before + span_joules if span_joules else 0.0
