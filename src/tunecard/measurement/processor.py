"""What the processor says about itself: its name, its sockets and threads, and whether a hypervisor stands between."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path("/")
CONTAINER_MARKS = (".dockerenv", "run/.containerenv", "var/run/secrets/kubernetes.io")
CONTAINER_GROUPS = re.compile(r"docker|kubepods|containerd|libpod|lxc")


@dataclass(frozen=True)
class Processor:
    """The processor as the operating system sees it.

    Attributes:
        name: marketing name, e.g. "AMD EPYC 7763 64-Core Processor"; empty when nothing names it.
        threads: hardware threads that the system sees (a virtual machine sees its share only).
        sockets: processors that the system sees, at least 1.
        is_virtual: the processor reports a hypervisor.
    """

    name: str
    threads: int
    sockets: int
    is_virtual: bool


def read_processor(root: Path = ROOT) -> Processor:
    """Reads the processor from the system's files, else from the platform (macOS, Windows)."""
    text = _read(root / "proc/cpuinfo")
    fields = [(key.strip(), value.strip()) for key, _, value in (line.partition(":") for line in text.splitlines())]
    values = {key: value for key, value in reversed(fields) if value}  # the first processor wins
    threads = sum(key == "processor" for key, _ in fields)
    return Processor(
        name=" ".join((values.get("model name") or _arm_name(values) or _platform_name(root)).split()),
        threads=threads or os.cpu_count() or 1,
        sockets=len({value for key, value in fields if key == "physical id"}) or 1,
        is_virtual="hypervisor" in values.get("flags", "").split() or (root / "sys/hypervisor/type").is_file(),
    )


def is_container(root: Path = ROOT) -> bool:
    """Whether the files that container engines leave are there."""
    if any((root / mark).exists() for mark in CONTAINER_MARKS):
        return True
    return CONTAINER_GROUPS.search(_read(root / "proc/self/cgroup")) is not None


def _arm_name(values: dict[str, str]) -> str:
    """Arm kernels give numbers instead of a name."""
    if "CPU implementer" not in values:
        return ""
    named = values.get("Model") or values.get("Hardware")
    numbers = f"Arm, implementer {values['CPU implementer']}, part {values.get('CPU part', 'unknown')}"
    return f"{named} ({numbers})" if named else numbers


def _platform_name(root: Path) -> str:
    if root != ROOT:
        return ""
    if sys.platform == "darwin":
        command = ["sysctl", "-n", "machdep.cpu.brand_string"]
        answer = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
        return answer.stdout.strip() or platform.processor()
    return platform.processor()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:  # no such file on this system
        return ""
