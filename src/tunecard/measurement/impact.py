"""Everything the card's Environmental Impact section quotes, in one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tunecard.evidence import Finding, RunFolder, declared, derived, measured, not_measured
from tunecard.measurement.carbon import carbon_findings
from tunecard.measurement.counters import Meters, find_meters
from tunecard.measurement.energy import meter_finding, stage_energies, total_finding
from tunecard.measurement.energy_meter import EnergyReading
from tunecard.measurement.environment import describe_environment
from tunecard.measurement.meter import StageUsage
from tunecard.measurement.power import PowerModel, power_of_this_machine
from tunecard.measurement.processor_time import usable_threads
from tunecard.measurement.sizes import adapter_findings
from tunecard.measurement.usage import ResourceUsage

WHOLE_RUN = "the whole run: data, training, controls and evaluation"


def measure_costs(folder: RunFolder, device: str, usage: ResourceUsage, region: str | None) -> list[Finding]:
    """`adapter.bytes` and its hash, `environment.*`, `software.*`, `energy.*` and `co2.*` of a run.

    Args:
        device: where it computed.
        region: where this machine stands, as declared.
    """
    meters, power = find_meters(device), power_of_this_machine(device)
    return [
        *adapter_findings(folder),
        *describe_environment(),
        *energy_findings(usage.stages, region, power=power, meters=meters, readings=usage.readings),
    ]


def energy_findings(
    stages: Sequence[StageUsage],
    region: str | None,
    *,
    power: PowerModel | None = None,
    meters: Meters | None = None,
    readings: Mapping[str, EnergyReading] | None = None,
) -> list[Finding]:
    """Findings `energy.*`, `co2.*`, `environment.{stage}_hours`, `environment.cpu_utilisation` and `.others_share`.

    Args:
        stages: what each stage used; the ids are `energy.{name}_kwh` and `environment.{name}_hours`.
        region: the declared `card.region`, or None.
        power: what to assume without a meter; None reads this machine, for a run on the processor.
        meters: the counters that were used; None looks for them.
        readings: stage name to what an `EnergyMeter` counted.

    Raises: RecipeError: the region is not known (ask `find_grid` before hours are spent).
    """
    power = power or power_of_this_machine()
    energies = stage_energies(stages, power, readings or {})
    return [
        meter_finding(meters or find_meters()),
        *energies,
        total_finding(energies, sum(stage.seconds for stage in stages)),
        *carbon_findings(energies, region),
        *(_hours_finding(stage) for stage in stages),
        _utilisation_finding(stages, power.threads),
        _others_finding(stages),
    ]


def attempts_finding(cut_short: int) -> Finding:
    """`environment.failed_attempts`: how many attempts at this run ended before its end.

    What the stages used that they broke off is `energy.failed_kwh` and `environment.failed_hours`.
    """
    return measured(
        "environment.failed_attempts",
        cut_short,
        method="attempts in this folder that an interruption, an error or a kill ended",
    )


def place_findings(
    region: str | None,
    cloud_provider: str | None,
    *,
    run_seconds: float,
    declared_as: str,
    covers: str = WHOLE_RUN,
) -> list[Finding]:
    """`environment.hours`, `environment.region` and `environment.cloud_provider`.

    Args:
        region, cloud_provider: as declared, or None.
        run_seconds: wall time of the whole run so far, failed and repeated parts included.
        declared_as: who declared, where and when, e.g. "declared in recipe.yaml on 2026-11-23".
        covers: what the time was spent on.
    """
    hours = measured(
        "environment.hours",
        run_seconds / 3600,
        method=f"wall time of {covers}",
    )
    return [
        hours,
        _declared("environment.region", region, "card.region", declared_as),
        _declared("environment.cloud_provider", cloud_provider, "card.cloud_provider", declared_as),
    ]


def _hours_finding(stage: StageUsage) -> Finding:
    return measured(
        f"environment.{stage.name}_hours",
        stage.seconds / 3600,
        method=f"wall time; {stage.cpu_seconds:.4g} s of processor time",
    )


def _declared(id: str, value: str | None, key: str, declared_as: str) -> Finding:
    if value is None:
        reason = f"not declared: set `{key}` in the recipe"
        return not_measured(id, reason=reason)
    return declared(id, value, method=declared_as)


def _others_finding(stages: Sequence[StageUsage]) -> Finding:
    """`environment.others_share`: of each stage, what others used of all that the threads could have done."""
    id, threads = "environment.others_share", len(usable_threads())
    counted = {
        stage.name: min(1.0, stage.others_seconds / (threads * stage.seconds))
        for stage in stages
        if stage.seconds > 0 and stage.others_seconds is not None
    }
    if not counted:
        return not_measured(id, reason="no stage took measurable time")
    method = f"busy time of the {threads} threads that this process may use, less its own and its children's, by stage"
    return measured(id, counted, method=f"{method}, over threads x wall time")


def _utilisation_finding(stages: Sequence[StageUsage], threads: float) -> Finding:
    id = "environment.cpu_utilisation"
    available = sum(stage.seconds for stage in stages) * threads
    if available <= 0:
        return not_measured(id, reason="no stage took measurable time")
    share = sum(stage.cpu_seconds for stage in stages) / available
    method = f"processor seconds of {', '.join(stage.name for stage in stages)} over {threads:g} threads x wall time"
    return derived(id, share, method=method)
