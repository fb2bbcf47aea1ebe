"""What it ran on, used and showed: `environment.*`, `software.*`, `energy.*`, `co2.*`, `prediction.*`, `reload.*`,
`start.*`.
"""

from tunecard.evidence.conditions import (
    each_stage,
    each_stage_on_a_grid,
    is_known,
    of_numbers,
    where_code_may_fail,
    without_a_grid,
)
from tunecard.evidence.record import (
    DECLARED_OR_GAP,
    DERIVED,
    DERIVED_OR_GAP,
    KNOWN_OR_GAP,
    MEASURED_OR_GAP,
    Record,
    optional,
)

_HARDWARE, _SYSTEM, _HOURS, _CARBON = "hardware_type", "compute_infrastructure", "hours_used", "co2_emitted"
_NEEDED, _CODE = "hardware_requirements", "get_started_code"
_GRAMS = "g CO2eq"

# Packages that a result depends on.
PACKAGES = (
    "tunecard",
    "torch",
    "transformers",
    "peft",
    "accelerate",
    "datasets",
    "huggingface_hub",
    "safetensors",
    "tokenizers",
    "numpy",
    "pyarrow",
    "scikit-learn",
    "scipy",
    "cleanlab",
    "datasketch",
    "matplotlib",
    "codecarbon",
)

MACHINE = (
    Record("environment.processor", "Processor", _HARDWARE, statuses=MEASURED_OR_GAP),
    Record("environment.accelerator", "Accelerator", _HARDWARE, statuses=MEASURED_OR_GAP),
    Record("environment.cores", "Processor threads available", _SYSTEM),
    Record("environment.memory_bytes", "Memory available", _SYSTEM, "bytes"),
    Record("environment.os", "Operating system", _SYSTEM),
    Record("environment.virtualisation", "Virtualisation", _SYSTEM),
    Record("environment.threads", "Threads used for computation", _SYSTEM, statuses=MEASURED_OR_GAP),
    Record("environment.hours", "Hours used", _HOURS, "hours"),
    Record("environment.{stage}_hours", "Hours of {stage}", _HOURS, "hours", when=each_stage),
    Record("environment.cpu_utilisation", "Processor utilisation", _HOURS, statuses=DERIVED_OR_GAP),
    Record(
        "environment.others_share",
        "Share of the processor that others used, by stage",
        _HOURS,
        None,
        None,
        MEASURED_OR_GAP,
    ),
    Record("environment.failed_attempts", "Attempts that ended before their end", _HOURS, writer="run"),
    Record("environment.region", "Region", "cloud_region", statuses=DECLARED_OR_GAP),
    Record("environment.cloud_provider", "Cloud provider", "cloud_provider", statuses=DECLARED_OR_GAP),
    Record("software.python", "Python", "software"),
    Record("software.compiler", "Compiler of the kernels", "software", statuses=MEASURED_OR_GAP),
    *(Record(f"software.{package}", package, "software", statuses=MEASURED_OR_GAP) for package in PACKAGES),
    Record("energy.meter", "Power meter", _CARBON, statuses=MEASURED_OR_GAP),
    Record("energy.total_kwh", "Energy of all stages", _CARBON, "kWh", statuses=KNOWN_OR_GAP),
    Record("energy.training_kwh", "Energy of training", _CARBON, "kWh", statuses=KNOWN_OR_GAP),
    Record("energy.{stage}_kwh", "Energy of {stage}", _CARBON, "kWh", statuses=KNOWN_OR_GAP, when=each_stage),
    Record("co2.grams", "Carbon emitted", _CARBON, _GRAMS, statuses=DERIVED_OR_GAP),
    Record(
        "co2.{stage}_grams",
        "Carbon of {stage}",
        _CARBON,
        _GRAMS,
        statuses=DERIVED,
        when=each_stage_on_a_grid,
        is_exact=True,
    ),
    Record(
        "co2.table",
        "Carbon if the same energy were drawn from these grids",
        _CARBON,
        _GRAMS,
        statuses=DERIVED,
        when=without_a_grid,
        is_exact=True,
    ),
    Record("prediction.latency_ms", "Latency of one row", _NEEDED, "ms", "rows", MEASURED_OR_GAP),
    Record(
        "prediction.rows_per_second", "Rows a second in batches", _NEEDED, "rows per second", "rows", MEASURED_OR_GAP
    ),
    Record(
        "prediction.others_share",
        "Share of the processor that others used while prediction was timed",
        _NEEDED,
        statuses=MEASURED_OR_GAP,
    ),
    Record(
        "prediction.peak_memory_bytes",
        "Peak memory of a process that predicts",
        _NEEDED,
        "bytes",
        "rows",
        when=optional,
    ),
    Record("reload.max_logit_difference", "Largest difference of a logit after reloading", _CODE, None, "rows"),
    Record(
        "reload.label_agreement",
        "Labels that agree after reloading",
        _CODE,
        None,
        "rows",
        MEASURED_OR_GAP,
        gap=of_numbers,
    ),
    Record("start.code", "Code to get started", _CODE, statuses=MEASURED_OR_GAP, gap=where_code_may_fail),
    Record("start.output", "What it printed", _CODE, when=is_known("start.code"), is_exact=True),
)
