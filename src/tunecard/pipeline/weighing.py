"""What a run weighs: its adapter, the machine it ran on, the energy it took."""

from __future__ import annotations

from collections.abc import Sequence

from tunecard.evidence import Finding, RunFolder
from tunecard.measurement import (
    StageUsage,
    adapter_findings,
    describe_environment,
    energy_findings,
    find_meters,
    power_of_this_machine,
)


def weigh(folder: RunFolder, device: str, stages: Sequence[StageUsage], region: str | None) -> list[Finding]:
    """`adapter.bytes` and its hash, `environment.*`, `software.*`, `energy.*` and `co2.*`.

    Args:
        region: where this machine stands, as declared.
    """
    meters, power = find_meters(device), power_of_this_machine(device)
    return [
        *adapter_findings(folder),
        *describe_environment(),
        *energy_findings(stages, region, meters=meters, power=power),
    ]
