"""What a run has used so far, kept beside the checkpoints so that interrupted attempts count too, and apart."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tunecard.errors import TunecardError
from tunecard.evidence.files import write_json
from tunecard.measurement.counters import Meters, find_meters
from tunecard.measurement.energy import FAILED
from tunecard.measurement.energy_meter import EnergyReading
from tunecard.measurement.meter import StageUsage
from tunecard.measurement.metered_stage import MeteredStage
from tunecard.measurement.spending import FILE, Spent, read_spending


class ResourceUsage:
    """Adds up stages and wall time over every attempt at a run.

    A stage that an interruption or an error cut short counts as the stage `failed`, whichever it was; so does one whose
    process was killed, up to its last sign of life. What it left in checkpoints is gone on with all the same.

    Args:
        folder: the run's checkpoints.
        began: `time.perf_counter()` when this attempt began.
        meters: the energy counters to read.

    Attributes:
        failed_attempts: how many attempts were cut short.
        earlier_seconds: wall time of the attempts before this one.
    Raises: RunFolderError: what earlier attempts used cannot be read.
    """

    def __init__(self, folder: Path, began: float, meters: Meters) -> None:
        self._file = folder / FILE
        self._began = began
        self._meters = meters
        before = read_spending(self._file)
        self.earlier_seconds = before.seconds
        self._spent = {stage.name: _usage(stage) for stage in before.stages}
        self.failed_attempts = before.failed_attempts
        if before.running is not None:
            self.failed_attempts += 1
            self._add(FAILED, *_usage(before.running))

    @property
    def stages(self) -> list[StageUsage]:
        """One record a stage, over all attempts; what was cut short last."""
        names = sorted(self._spent, key=lambda name: name == FAILED)
        return [self._spent[name][0] for name in names]

    @property
    def readings(self) -> dict[str, EnergyReading]:
        """Stage name to what the energy counters counted, over all attempts."""
        return {name: reading for name, (_, reading) in self._spent.items()}

    def seconds(self) -> float:
        """Wall time of all attempts until now."""
        return self.earlier_seconds + time.perf_counter() - self._began

    @contextmanager
    def stage(self, name: str) -> Iterator[MeteredStage]:
        """Meters a stage of this attempt and counts it: under its name when it ends, else under `failed`."""
        stage, spent_as = MeteredStage(name, self._meters, self._write), FAILED
        try:
            with stage:
                yield stage
            spent_as = name
        finally:
            with suppress(RuntimeError):  # a second signal came while the meters were being read
                self._add(spent_as, stage.usage, stage.reading)

    def count(self, stage: MeteredStage) -> None:
        """Counts a stage that ended before there was a folder to keep the sums in."""
        self._add(stage.usage.name, stage.usage, stage.reading)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Writes the sums when the attempt ends, however it ends, if it left checkpoints."""
        try:
            yield
        except BaseException:
            self.failed_attempts += 1
            raise
        finally:
            with suppress(TunecardError, OSError):  # a full disk was told already, or the run is whole without it
                self._write()

    def _add(self, name: str, usage: StageUsage, reading: EnergyReading) -> None:
        before, read_before = self._spent.get(name, (StageUsage(name, 0.0, 0.0, 0, 0.0), EnergyReading(0.0, 0.0)))
        self._spent[name] = (
            StageUsage(
                name,
                before.seconds + usage.seconds,
                before.cpu_seconds + usage.cpu_seconds,
                max(before.peak_memory_bytes, usage.peak_memory_bytes),
                _sum(before.others_seconds, usage.others_seconds),
            ),
            EnergyReading(
                _sum(read_before.processor_kwh, reading.processor_kwh),
                _sum(read_before.accelerator_kwh, reading.accelerator_kwh),
            ),
        )

    def _write(self, running: StageUsage | None = None, reading: EnergyReading | None = None) -> None:
        if not self._file.parent.is_dir():
            return
        content: dict[str, Any] = {
            "seconds": self.seconds(),
            "failed_attempts": self.failed_attempts,
            "stages": [asdict(usage) | asdict(reading) for usage, reading in self._spent.values()],
        }
        if running is not None and reading is not None:
            content["running"] = asdict(running) | asdict(reading)
        write_json(self._file, content)


@contextmanager
def resource_usage(checkpoints: Path, began: float, device: str) -> Iterator[ResourceUsage]:
    """What this attempt at a run uses, added to earlier ones; kept in `checkpoints`, where there are any.

    Args:
        began: `time.perf_counter()` when the attempt began.
        device: whose energy is metered, too.
    """
    usage = ResourceUsage(checkpoints, began, find_meters(device))
    with usage.kept():
        yield usage


def preparation() -> MeteredStage:
    """The stage before there is a folder: data and base are read on the processor, whatever computes later."""
    return MeteredStage("preparation", find_meters("cpu"))


def _usage(spent: Spent) -> tuple[StageUsage, EnergyReading]:
    used = StageUsage(spent.name, spent.seconds, spent.cpu_seconds, spent.peak_memory_bytes, spent.others_seconds)
    return used, EnergyReading(spent.processor_kwh, spent.accelerator_kwh)


def _sum(before: float | None, more: float | None) -> float | None:
    """Metered in all attempts, or not metered: a part would pass for the whole."""
    return None if before is None or more is None else before + more
