"""The scripts that a fresh machine starts with. That they work is seen by running them; here, what breaks silently."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SCRIPTS = [
    "scripts/setup",
    "scripts/quickstart",
    "scripts/test",
    "scripts/check",
    "scripts/fix",
    "scripts/package",
    "scripts/example",
    ".ci/run",
]


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_is_executable_strict_bash(name: str) -> None:
    path = ROOT / name
    assert os.access(path, os.X_OK)
    assert path.read_text().startswith("#!/usr/bin/env bash\n")
    assert "\nset -euo pipefail\n" in path.read_text()
    subprocess.run(["bash", "-n", str(path)], check=True)


def test_setup_refuses_an_old_python(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts/setup").write_text((ROOT / "scripts/setup").read_text())
    old = tmp_path / "python3.8"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    done = subprocess.run(
        ["bash", str(tmp_path / "scripts/setup")],
        env={"PATH": os.environ["PATH"], "PYTHON": str(old)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2 and not (tmp_path / ".venv").exists()
    assert done.stderr.startswith("scripts/setup: Python 3.11 or later is needed. Got none of:")


def test_every_lower_bound_is_below_the_tested_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pinned = dict(
        line.lower().replace("_", "-").split("==")
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if "==" in line
    )
    wanted = [*project["dependencies"]]
    for extra in ("train", "embedded", "ray", "loggers", "signing", "docs", "dev"):
        wanted += project["optional-dependencies"][extra]
    for requirement in wanted:
        name, _, bound = re.sub(r"\[.*?\]", "", requirement).partition(">=")
        assert name.lower().replace("_", "-") in pinned, f"{name} is not in constraints.txt"
        assert not bound or numbers(pinned[name.lower().replace("_", "-")]) >= numbers(bound), requirement


def test_setup_and_constraints_agree_on_torch() -> None:
    (version,) = re.findall(r'TORCH="(torch==.*)"', (ROOT / "scripts/setup").read_text())
    assert version in (ROOT / "constraints.txt").read_text().splitlines()


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])
