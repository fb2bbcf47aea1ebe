"""Where the run took place: findings about the machine, none of which names the machine, its user or a folder."""

from __future__ import annotations

import importlib.util
import platform
import re
import sys
from pathlib import Path

from tunecard.evidence import Finding, measured, not_measured
from tunecard.measurement.available_resources import ROOT, available_memory_bytes, available_threads
from tunecard.measurement.processor import Processor, is_container, read_processor
from tunecard.measurement.software import describe_software


def describe_environment(threads: int | None = None, *, root: Path = ROOT) -> list[Finding]:
    """Findings `environment.*` and `software.*`: processor, cores, memory, system, accelerator, threads, versions.

    Args:
        threads: threads that the computation used; None asks torch.
        root: root of the file system that is read.
    """
    processor = read_processor(root)
    return [
        _processor_finding(processor),
        _accelerator_finding(),
        _cores_finding(root),
        measured(
            "environment.memory_bytes",
            available_memory_bytes(root),
            method="the system's total, cut by the limits of the control group",
        ),
        measured("environment.os", system_name(root)),
        _virtualisation_finding(processor, root),
        _threads_finding(threads),
        *describe_software(),
    ]


def system_name(root: Path = ROOT) -> str:
    """Distribution, kernel version (numbers only: a suffix may name a machine) and instruction set."""
    machine = platform.machine()
    if sys.platform == "darwin":
        return f"macOS {platform.mac_ver()[0]}, {machine}"
    if sys.platform == "win32":
        return f"Windows {platform.version()}, {machine}"
    kernel = re.match(r"[\d.]+\d", platform.release())
    system = f"{platform.system()} {kernel.group() if kernel else ''}".strip()
    return ", ".join(part for part in (_distribution(root), system, machine) if part)


def accelerator_names() -> list[str] | None:
    """Names of the accelerators that torch sees; None where torch is not installed."""
    if importlib.util.find_spec("torch") is None:
        return None
    import torch

    if torch.cuda.is_available():
        return [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    return ["Apple GPU (Metal)"] if torch.backends.mps.is_available() else []


def _processor_finding(processor: Processor) -> Finding:
    if not processor.name:
        return not_measured("environment.processor", reason="neither the system nor the platform names the processor")
    return measured("environment.processor", processor.name, method="the name that the system reports")


def _accelerator_finding() -> Finding:
    names = accelerator_names()
    if names is None:
        reason = "torch is not installed here: install tunecard[train] and run again"
        return not_measured("environment.accelerator", reason=reason)
    counted = [name if names.count(name) == 1 else f"{names.count(name)} x {name}" for name in dict.fromkeys(names)]
    return measured("environment.accelerator", ", ".join(counted) or "none", method="the devices torch sees")


def _cores_finding(root: Path) -> Finding:
    cores = available_threads(root)
    return measured(
        "environment.cores",
        int(cores) if cores.is_integer() else round(cores, 2),
        method="affinity mask, cut by the quota of the control group; hardware threads, as the system counts them",
    )


def _virtualisation_finding(processor: Processor, root: Path) -> Finding:
    seen = ["virtual machine"] if processor.is_virtual else []
    seen += ["container"] if is_container(root) else []
    return measured(
        "environment.virtualisation",
        ", ".join(seen) or "none seen",
        method="the processor's hypervisor flag and the files that container engines leave",
    )


def _threads_finding(threads: int | None) -> Finding:
    if threads is not None:
        return measured("environment.threads", threads, method="as the run set it")
    if importlib.util.find_spec("torch") is None:
        return not_measured("environment.threads", reason="torch is not installed here")
    import torch

    return measured("environment.threads", torch.get_num_threads(), method="torch.get_num_threads")


def _distribution(root: Path) -> str:
    path = root / "etc/os-release"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    named = dict(line.split("=", 1) for line in lines if "=" in line)
    return named.get("PRETTY_NAME", "").strip("\"'")
