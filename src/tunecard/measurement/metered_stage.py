"""One stage under clock, processor time, memory and, where counters are readable, energy meters."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from tunecard.errors import TunecardError
from tunecard.measurement.counters import Meters
from tunecard.measurement.energy_meter import EnergyMeter, EnergyReading
from tunecard.measurement.meter import Sampler, StageUsage, Stopwatch

BEAT_SECONDS = 20.0


class MeteredStage:
    """`with MeteredStage("training", find_meters()) as stage: ...`, then `stage.usage` and `stage.reading`.

    Both are there, too, when the stage raised. A stage is used once.

    Args:
        name: "training", "evaluation", ...
        beat: called every `beat_seconds` from a light thread with what was used until then, for a record that outlives
            a process that is killed.
    """

    def __init__(
        self,
        name: str,
        meters: Meters,
        beat: Callable[[StageUsage, EnergyReading], None] | None = None,
        *,
        beat_seconds: float = BEAT_SECONDS,
    ) -> None:
        self._watch, self._meter = Stopwatch(name), EnergyMeter(meters)
        self._tell = beat
        self._beat = Sampler(self._tell_so_far, beat_seconds) if beat else None

    @property
    def usage(self) -> StageUsage:
        """What the stage used. Raises: RuntimeError: the stage has not ended."""
        return self._watch.usage

    @property
    def reading(self) -> EnergyReading:
        """What the energy counters counted."""
        return self._meter.reading

    def __enter__(self) -> Self:
        self._meter.__enter__()
        self._watch.__enter__()
        if self._beat:
            self._tell_so_far()  # whoever is killed before the first beat has begun all the same
            self._beat.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._beat:
            self._beat.stop()
        self._watch.__exit__(kind, error, trace)
        self._meter.__exit__(kind, error, trace)

    def _tell_so_far(self) -> None:
        with suppress(TunecardError, OSError):  # a sign of life that cannot be written ends no training
            if self._tell:
                self._tell(self._watch.so_far(), self.reading)
