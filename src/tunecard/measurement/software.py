"""Versions of the packages that a result depends on, as installed."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from tunecard.evidence import Finding, measured, not_measured

PACKAGES = (
    "tunecard",
    "torch",
    "transformers",
    "peft",
    "accelerate",
    "datasets",
    "safetensors",
    "tokenizers",
    "scikit-learn",
    "scipy",
    "seqeval",
)


def describe_software(packages: Sequence[str] = PACKAGES) -> list[Finding]:
    """`software.python` and `software.{package}`: version strings, or not measured where a package is not installed."""
    python = measured(
        "software.python", platform.python_version(), section="software", name="Python", method="platform"
    )
    return [python, *(_package_finding(package) for package in packages)]


def _package_finding(package: str) -> Finding:
    id = f"software.{package}"
    try:
        found = version(package)
    except PackageNotFoundError:
        reason = f"{package} is not installed as a package here: install it with pip and run again"
        return not_measured(id, section="software", name=package, reason=reason)
    return measured(id, found, section="software", name=package, method="importlib.metadata.version")
