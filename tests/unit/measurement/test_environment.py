"""The machine described, and nothing that would name it."""

import getpass
import importlib.metadata
import os
import platform
import re
import socket
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from tunecard.evidence import Finding
from tunecard.kernels import building
from tunecard.measurement import (
    StageUsage,
    describe_environment,
    describe_software,
    energy_findings,
    place_findings,
)
from tunecard.measurement.processor import is_container, read_processor

XEON = """processor\t: 0
physical id\t: 0
model name\t: Intel(R) Xeon(R) Gold 6148 CPU  @ 2.40GHz
flags\t\t: fpu vme {flag} sse
processor\t: 1
physical id\t: 1
model name\t: Intel(R) Xeon(R) Gold 6148 CPU  @ 2.40GHz
flags\t\t: fpu vme {flag} sse
"""
ARM = "processor\t: 0\nBogoMIPS\t: 243.75\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n"


def plant_processor(root: Path, text: str) -> Path:
    (root / "proc").mkdir()
    (root / "proc/cpuinfo").write_text(text)
    return root


def by_id(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.id: finding for finding in findings}


def test_processor_of_a_real_machine(tmp_path: Path) -> None:
    processor = read_processor(plant_processor(tmp_path, XEON.format(flag="avx2")))
    assert processor.name == "Intel(R) Xeon(R) Gold 6148 CPU @ 2.40GHz"
    assert (processor.threads, processor.sockets, processor.is_virtual) == (2, 2, False)


def test_hypervisor_flag_makes_a_virtual_machine(tmp_path: Path) -> None:
    root = plant_processor(tmp_path, XEON.format(flag="hypervisor"))
    assert read_processor(root).is_virtual
    assert by_id(describe_environment(2, root=root))["environment.virtualisation"].value == "virtual machine"
    (root / ".dockerenv").touch()
    assert by_id(describe_environment(2, root=root))["environment.virtualisation"].value == "virtual machine, container"


def test_container_by_its_control_group(tmp_path: Path) -> None:
    assert not is_container(tmp_path)
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text("0::/kubepods/burstable/pod7\n")
    assert is_container(tmp_path)


def test_arm_is_named_by_its_numbers(tmp_path: Path) -> None:
    assert read_processor(plant_processor(tmp_path, ARM)).name == "Arm, implementer 0x41, part 0xd0c"


def test_a_processor_without_a_name_is_not_measured(tmp_path: Path) -> None:
    finding = by_id(describe_environment(1, root=tmp_path))["environment.processor"]
    assert finding.status == "not measured" and finding.value is None


def test_system_and_threads(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/os-release").write_text('NAME="X"\nPRETTY_NAME="Distribution 12 (name)"\n')
    findings = by_id(describe_environment(3, root=tmp_path))
    if platform.system() == "Linux":
        assert re.fullmatch(r"Distribution 12 \(name\), Linux \d+(\.\d+)+, \w+", findings["environment.os"].value)
    assert findings["environment.threads"].value == 3
    assert by_id(describe_environment())["environment.threads"].value == torch.get_num_threads()


def test_accelerators_are_counted_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 3)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda index: ["Card A", "Card A", "Card B"][index])
    assert by_id(describe_environment(1))["environment.accelerator"].value == "2 x Card A, Card B"


def test_versions_are_those_installed() -> None:
    findings = by_id(describe_environment(1))
    assert findings["software.python"].value == platform.python_version()
    for package in ("torch", "transformers", "peft", "scikit-learn", "numpy", "pyarrow", "cleanlab", "datasketch"):
        assert findings[f"software.{package}"].value == importlib.metadata.version(package)


def test_the_compiler_of_the_kernels_is_named_without_its_path(monkeypatch: pytest.MonkeyPatch) -> None:
    told = "/home/user/bin/cc (Debian 12.2.0-14) 12.2.0\nCopyright\n"
    monkeypatch.setattr(building, "_told_version", lambda compiler: told)
    monkeypatch.setattr(building, "find_compiler", lambda: "cc")
    monkeypatch.setattr("tunecard.kernels.load_kernels", lambda: SimpleNamespace(reason=None))
    assert by_id(describe_software())["software.compiler"].value == "cc (Debian 12.2.0-14) 12.2.0"
    monkeypatch.setattr("tunecard.kernels.load_kernels", lambda: SimpleNamespace(reason="they are for Linux"))
    assert by_id(describe_software())["software.compiler"].reason == "no kernels computed: they are for Linux"


def test_ids_are_those_of_the_contract() -> None:
    ids = [finding.id for finding in describe_environment(1) if finding.id.startswith("environment.")]
    assert sorted(ids) == [
        f"environment.{name}"
        for name in ("accelerator", "cores", "memory_bytes", "os", "processor", "threads", "virtualisation")
    ]


def test_no_finding_names_host_user_or_folder() -> None:
    usage = StageUsage("training", 10.0, 12.0, 1000)
    declared = place_findings("FRA", None, run_seconds=20.0, declared_as="declared in recipe.yaml")
    findings = [*describe_environment(1), *energy_findings([usage], None), *declared]
    text = "\n".join(finding.model_dump_json() for finding in findings)
    for secret in (socket.gethostname(), platform.node(), getpass.getuser(), os.getcwd(), str(Path.home())):
        assert not re.search(rf"(?<!\w){re.escape(secret)}(?!\w)", text), secret
    assert not re.search(r"(?:^|[\s\"'(])/[a-z]", text)  # an absolute path
