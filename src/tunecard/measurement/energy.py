"""Energy of a run: metered where a counter is readable, else a range with its assumptions.

Never 0, and never one invented point.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tunecard.evidence import Finding, derived, measured, not_measured
from tunecard.evidence.record import SPOKEN
from tunecard.measurement.counters import Meters
from tunecard.measurement.energy_meter import EnergyReading
from tunecard.measurement.meter import StageUsage
from tunecard.measurement.power import PowerModel

PUE_LOW, PUE_HIGH = 1.0, 1.6
LEAST_BUSY_SHARE = 0.1  # of one thread: a stage that waits for a disk or a card still keeps the processor awake
WATT_SECONDS_PER_KWH = 3.6e6
FAILED = "failed"  # the stage under which ResourceUsage keeps what was cut short


def named(stage: str) -> str:
    """What a reader calls a stage."""
    return SPOKEN.get(stage, stage)


def stage_of(finding: Finding) -> str:
    """The stage that an `energy.{stage}_kwh` finding is about.

    >>> from tunecard.evidence import measured
    >>> stage_of(measured("energy.training_kwh", 0.2))
    'training'
    """
    return finding.id.removeprefix("energy.").removesuffix("_kwh")


def ends_of(energy: Finding) -> tuple[float, float] | None:
    """(low, high) kWh with the building's overhead (PUE); None where the energy is not known.

    A range has the overhead in it already; what meters counted has not.
    """
    if energy.interval is not None:
        return energy.interval
    if isinstance(energy.value, int | float):
        return energy.value * PUE_LOW, energy.value * PUE_HIGH
    return None


def total_finding(energies: Sequence[Finding], seconds: float | None = None) -> Finding:
    """`energy.total_kwh`: all stages together, as long as the energy of each is known.

    Args:
        seconds: of these stages, which is what the sum covers.
    """
    missing = [energy.id for energy in energies if ends_of(energy) is None]
    if missing or not energies:
        reason = f"the energy is not known: see {', '.join(missing)}" if missing else "no stage was metered"
        return not_measured("energy.total_kwh", reason=reason)
    covered = "" if seconds is None else f": {seconds:.4g} s of stages; what a run does between them is not in it"
    method = f"sum of {', '.join(energy.id for energy in energies)}{covered}"
    if all(energy.status == "measured" for energy in energies):
        return measured("energy.total_kwh", sum(energy.value for energy in energies), method=method)
    ends = [ends for ends in map(ends_of, energies) if ends is not None]
    interval = (sum(low for low, _ in ends), sum(high for _, high in ends))
    metered = f"; PUE {PUE_LOW:.1f} to {PUE_HIGH:.1f} added to what was metered" if _some_metered(energies) else ""
    return derived("energy.total_kwh", None, interval=interval, method=method + metered)


def _some_metered(energies: Sequence[Finding]) -> bool:
    return any(energy.status == "measured" for energy in energies)


def meter_finding(meters: Meters) -> Finding:
    """`energy.meter`: the counters that are read, or why there is none."""
    if meters.counters:
        names = ", ".join(counter.name for counter in meters.counters)
        return measured("energy.meter", names, method="cumulative energy counters")
    reason = "no power meter is readable: " + "; ".join(meters.reasons.values())
    return not_measured("energy.meter", reason=reason)


def stage_energies(
    stages: Sequence[StageUsage], power: PowerModel, readings: Mapping[str, EnergyReading]
) -> list[Finding]:
    """`energy.{stage}_kwh` of each stage: metered without overhead, or a range with it, or why it cannot be told.

    Args:
        stages: what each stage used.
        power: what to assume where no meter was read.
        readings: stage name to what was metered.
    """
    return [_stage_energy(stage, power, readings.get(stage.name, EnergyReading())) for stage in stages]


def _stage_energy(stage: StageUsage, power: PowerModel, reading: EnergyReading) -> Finding:
    id = f"energy.{stage.name}_kwh"
    reason = _unknown(stage, power, reading)
    if reason:
        return not_measured(id, reason=reason)
    has_accelerator = bool(power.accelerator_watts or power.accelerator_reason)
    processor_low, processor_high = _processor_kwh(stage, power, reading)
    accelerator_low, accelerator_high = _accelerator_kwh(stage, power, reading)
    if reading.processor_kwh and (not has_accelerator or reading.accelerator_kwh):
        return measured(id, processor_low + accelerator_low, method=_metered_method(has_accelerator))
    interval = ((processor_low + accelerator_low) * PUE_LOW, (processor_high + accelerator_high) * PUE_HIGH)
    return derived(id, None, interval=interval, method=_range_method(stage, power, reading))


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
