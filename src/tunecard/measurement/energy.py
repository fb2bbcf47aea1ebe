"""Energy of a run: metered where a counter is readable, else a range with its assumptions.

Never 0, and never one invented point.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tunecard.evidence import Finding, derived, measured, not_measured
from tunecard.measurement.counters import Meters
from tunecard.measurement.energy_meter import EnergyReading
from tunecard.measurement.meter import StageUsage
from tunecard.measurement.power import PowerModel

PUE_LOW, PUE_HIGH = 1.0, 1.6
LEAST_BUSY_SHARE = 0.1  # of one thread: a stage that waits for a disk or a card still keeps the processor awake
SECTION = "co2_emitted"
WATT_SECONDS_PER_KWH = 3.6e6


@dataclass(frozen=True)
class StageEnergy:
    """Energy of one stage.

    Attributes:
        stage: its name.
        low_kwh, high_kwh: the range with the building's overhead (PUE); low < high.
        metered_kwh: what the meters counted, without overhead; None unless every component was metered.
        method: how it is known.
    """

    stage: str
    low_kwh: float
    high_kwh: float
    metered_kwh: float | None
    method: str

    @property
    def finding(self) -> Finding:
        """`energy.{stage}_kwh`: the metered value, or the range."""
        id, name = f"energy.{self.stage}_kwh", f"Energy of {self.stage}"
        if self.metered_kwh is not None:
            return measured(id, self.metered_kwh, section=SECTION, name=name, unit="kWh", method=self.method)
        interval = (self.low_kwh, self.high_kwh)
        return derived(id, None, section=SECTION, name=name, unit="kWh", interval=interval, method=self.method)


def meter_finding(meters: Meters) -> Finding:
    """`energy.meter`: the counters that are read, or why there is none."""
    if meters.counters:
        names = ", ".join(counter.name for counter in meters.counters)
        return measured("energy.meter", names, section=SECTION, name="Power meter", method="cumulative energy counters")
    reason = "no power meter is readable: " + "; ".join(meters.reasons.values())
    return not_measured("energy.meter", section=SECTION, name="Power meter", reason=reason)


def stage_energies(
    stages: Sequence[StageUsage], power: PowerModel, readings: Mapping[str, EnergyReading]
) -> list[StageEnergy | Finding]:
    """The energy of each stage; for a stage whose energy cannot be told, the finding that says why.

    Args:
        stages: what each stage used.
        power: what to assume where no meter was read.
        readings: stage name to what was metered.
    """
    return [_stage_energy(stage, power, readings.get(stage.name, EnergyReading())) for stage in stages]


def _stage_energy(stage: StageUsage, power: PowerModel, reading: EnergyReading) -> StageEnergy | Finding:
    reason = _unknown(stage, power, reading)
    if reason:
        return not_measured(f"energy.{stage.name}_kwh", section=SECTION, name=f"Energy of {stage.name}", reason=reason)
    has_accelerator = bool(power.accelerator_watts or power.accelerator_reason)
    processor_low, processor_high = _processor_kwh(stage, power, reading)
    accelerator_low, accelerator_high = _accelerator_kwh(stage, power, reading)
    is_metered = bool(reading.processor_kwh) and (not has_accelerator or bool(reading.accelerator_kwh))
    low, high = processor_low + accelerator_low, processor_high + accelerator_high
    return StageEnergy(
        stage=stage.name,
        low_kwh=low * PUE_LOW,
        high_kwh=high * PUE_HIGH,
        metered_kwh=low if is_metered else None,
        method=_metered_method(has_accelerator) if is_metered else _range_method(stage, power, reading),
    )


def _unknown(stage: StageUsage, power: PowerModel, reading: EnergyReading) -> str | None:
    if stage.seconds <= 0:
        return f"the stage {stage.name} took no measurable time"
    if power.accelerator_reason and power.accelerator_watts is None and not reading.accelerator_kwh:
        return f"{power.accelerator_reason}, and the processor alone would mislead"
    return None


def _processor_kwh(stage: StageUsage, power: PowerModel, reading: EnergyReading) -> tuple[float, float]:
    if reading.processor_kwh:  # a counter that did not move says nothing
        return reading.processor_kwh, reading.processor_kwh
    busy_seconds = max(stage.cpu_seconds, LEAST_BUSY_SHARE * stage.seconds)
    available_seconds = max(power.threads * stage.seconds, busy_seconds)
    low = busy_seconds * power.thread_low_watts
    return low / WATT_SECONDS_PER_KWH, available_seconds * power.thread_high_watts / WATT_SECONDS_PER_KWH


def _accelerator_kwh(stage: StageUsage, power: PowerModel, reading: EnergyReading) -> tuple[float, float]:
    if reading.accelerator_kwh:
        return reading.accelerator_kwh, reading.accelerator_kwh
    low, high = power.accelerator_watts or (0.0, 0.0)
    return low * stage.seconds / WATT_SECONDS_PER_KWH, high * stage.seconds / WATT_SECONDS_PER_KWH


def _metered_method(has_accelerator: bool) -> str:
    parts = "processor packages (RAPL) and the graphics card (NVML)" if has_accelerator else "processor packages (RAPL)"
    return f"counters of the whole {parts}, other load included; power supply, disks and cooling not included"


def _range_method(stage: StageUsage, power: PowerModel, reading: EnergyReading) -> str:
    metered = [
        name for name, kwh in (("processor", reading.processor_kwh), ("accelerator", reading.accelerator_kwh)) if kwh
    ]
    return (
        f"{stage.cpu_seconds:.4g} s of processor time to {power.threads:g} threads for {stage.seconds:.4g} s, times "
        f"{power.assumption}; times PUE {PUE_LOW:.1f} to {PUE_HIGH:.1f}, assumed; power of memory, disks and power "
        f"supply not added" + (f"; metered: {', '.join(metered)}" if metered else "")
    )
