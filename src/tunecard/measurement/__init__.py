"""Weigh: where a run took place, how long it took, what it used and what that may have cost in energy.

This room knows machines and clocks. It must not know what was trained, nor how a card looks; it starts no tracker,
asks no network and names neither the machine, its user nor a folder.
"""

from tunecard.measurement.available_resources import available_memory_bytes, available_threads
from tunecard.measurement.carbon import carbon_findings, recorded_energies, renewed_carbon
from tunecard.measurement.counters import Counter, Meters, find_meters
from tunecard.measurement.energy import FAILED, total_finding
from tunecard.measurement.energy_meter import EnergyMeter, EnergyReading
from tunecard.measurement.environment import describe_environment
from tunecard.measurement.estimate import RunEstimate, Stage, Work, estimate_run, render_estimate
from tunecard.measurement.grids import find_grid
from tunecard.measurement.impact import WHOLE_RUN, attempts_finding, energy_findings, measure_costs, place_findings
from tunecard.measurement.meter import MEMORY_METHOD, StageUsage, Stopwatch, process_peak_memory_bytes
from tunecard.measurement.metered_stage import MeteredStage
from tunecard.measurement.power import PowerModel, power_of_this_machine
from tunecard.measurement.processor_time import process_cpu_seconds
from tunecard.measurement.remembered import ClosingClock, remembered_closings
from tunecard.measurement.sizes import adapter_findings, folder_bytes, free_disk_bytes
from tunecard.measurement.software import describe_software
from tunecard.measurement.stage_seconds import clocked, stages_finding, timed
from tunecard.measurement.usage import ResourceUsage, preparation, resource_usage

__all__ = [
    "FAILED",
    "MEMORY_METHOD",
    "WHOLE_RUN",
    "ClosingClock",
    "Counter",
    "EnergyMeter",
    "EnergyReading",
    "MeteredStage",
    "Meters",
    "PowerModel",
    "ResourceUsage",
    "RunEstimate",
    "Stage",
    "StageUsage",
    "Stopwatch",
    "Work",
    "adapter_findings",
    "attempts_finding",
    "available_memory_bytes",
    "available_threads",
    "carbon_findings",
    "clocked",
    "describe_environment",
    "describe_software",
    "energy_findings",
    "estimate_run",
    "find_grid",
    "find_meters",
    "folder_bytes",
    "free_disk_bytes",
    "measure_costs",
    "place_findings",
    "power_of_this_machine",
    "preparation",
    "process_cpu_seconds",
    "process_peak_memory_bytes",
    "recorded_energies",
    "remembered_closings",
    "render_estimate",
    "renewed_carbon",
    "resource_usage",
    "stages_finding",
    "timed",
    "total_finding",
]
