"""What a run weighs: its adapter, the machine it ran on, the energy it took."""

from __future__ import annotations

from tunecard.evidence import Finding, RunFolder
from tunecard.measurement import (
    adapter_findings,
    describe_environment,
    energy_findings,
    find_meters,
    power_of_this_machine,
)
from tunecard.measurement.spending import Spending


def weigh(folder: RunFolder, device: str, spending: Spending, region: str | None) -> list[Finding]:
    """`adapter.bytes` and its hash, `environment.*`, `software.*`, `energy.*` and `co2.*`.

    Args:
        region: where this machine stands, as declared.
    """
    meters, power = find_meters(device), power_of_this_machine(device)
    return [
        *adapter_findings(folder),
        *describe_environment(),
        *energy_findings(spending.stages, region, power=power, meters=meters, readings=spending.readings),
    ]
