"""Versions of the packages that a result depends on, as installed."""

from __future__ import annotations

import importlib.util
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from tunecard.evidence import Finding, measured, not_measured
from tunecard.evidence.records.machine import PACKAGES


def describe_software(packages: Sequence[str] = PACKAGES) -> list[Finding]:
    """`software.python`, `software.{package}` and `software.compiler`: versions, or why there is none."""
    python = measured("software.python", platform.python_version(), method="platform")
    return [python, *(_package_finding(package) for package in packages), _compiler_finding()]


def _package_finding(package: str) -> Finding:
    id = f"software.{package}"
    try:
        found = version(package)
    except PackageNotFoundError:
        reason = f"{package} is not installed as a package here: install it with pip and run again"
        return not_measured(id, reason=reason)
    return measured(id, found, method="importlib.metadata.version")


def _compiler_finding() -> Finding:
    """What compiled the kernels that computed, where they did."""
    if importlib.util.find_spec("torch") is None:
        return not_measured("software.compiler", reason="torch is not installed here: no kernels computed")
    from tunecard.kernels import compiler_release, load_kernels

    reason = load_kernels().reason
    if reason is not None:
        return not_measured("software.compiler", reason=f"no kernels computed: {reason}")
    return measured("software.compiler", compiler_release(), method="first line of its --version")
