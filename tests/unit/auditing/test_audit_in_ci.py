"""The GitHub Action and the pre-commit hook: what they run, run here on cards, without a network."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

import tunecard

ROOT = Path(__file__).parents[3]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
(HOOK,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
FULL = ROOT / "tests/unit/auditing/cards/peft_full.md"
EMPTY = ROOT / "tests/unit/auditing/cards/peft_0_4.md"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a full card, an empty one below it, and `tunecard` on the path."""
    (tmp_path / "README.md").write_text(FULL.read_text())
    (tmp_path / "small models").mkdir()
    (tmp_path / "small models" / "README.md").write_text(EMPTY.read_text())
    command = tmp_path / "bin" / "tunecard"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m tunecard "$@"\n')
    command.chmod(0o755)
    return tmp_path


def run(command: list[str], folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    ours = {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(Path(tunecard.__file__).parents[1])}
    environment = os.environ | settings | ours
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def step(name: str) -> dict[str, Any]:
    return next(one for one in ACTION["runs"]["steps"] if one["name"] == name)


def audit(repository: Path, **given: str) -> subprocess.CompletedProcess[str]:
    """The action's step as a runner executes it: inputs or their defaults in its environment, then bash."""
    inputs = {name: given.get(name.replace("-", "_"), about["default"]) for name, about in ACTION["inputs"].items()}
    settings = {
        key: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda match: inputs[match.group(1)], value)
        for key, value in step("Audit")["env"].items()
    }
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step("Audit")["run"]]
    return run(command, repository, **settings)


def test_the_action_passes_and_fails_with_the_cards(repository: Path) -> None:
    assert audit(repository, fail_under="100").returncode == 0
    said = audit(repository, paths="README.md\nsmall models\n", fail_under="30")
    assert said.returncode == 1
    assert said.stderr == "small models/README.md: 0.0 % of the fields are filled; 30 % must be.\n"
    assert audit(repository, require="measured", fail_under="1").returncode == 1
    assert audit(repository, paths="nowhere").returncode == 2


def test_inputs_of_the_action_are_never_read_as_shell(repository: Path) -> None:
    said = audit(repository, paths='$(touch pwned)\n"; touch pwned; "\n--json', require="`touch pwned`")
    assert said.returncode == 2
    assert not (repository / "pwned").exists()
    for one in ACTION["runs"]["steps"]:
        assert "${{" not in one.get("run", "")


def test_the_action_has_its_inputs_and_each_reaches_a_step() -> None:
    assert set(ACTION["inputs"]) == {"paths", "fail-under", "require", "version"}
    used = " ".join(value for one in ACTION["runs"]["steps"] for value in one.get("env", {}).values())
    assert set(re.findall(r"inputs\.([\w-]+)", used)) == set(ACTION["inputs"])


def test_neither_installs_torch() -> None:
    dependencies = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    names = {re.split(r"[^\w-]", dependency)[0] for dependency in dependencies}
    assert not names & {"torch", "transformers", "peft"}
    assert "[" not in step("Install tunecard")["run"] + step("Install tunecard")["env"]["TUNECARD"]
    assert HOOK["language"] == "python" and "additional_dependencies" not in HOOK


def test_the_hook_audits_the_files_it_is_given(repository: Path) -> None:
    command = [*shlex.split(HOOK["entry"]), *HOOK["args"]]
    assert run([*command, "README.md"], repository).returncode == 0
    said = run([*command, "README.md", "small models/README.md"], repository)
    assert said.returncode == 1
    assert said.stderr == "small models/README.md: 0.0 % of the fields are filled; 25 % must be.\n"


def test_the_hook_takes_cards_alone() -> None:
    pattern = re.compile(HOOK["files"])
    assert [
        pattern.search(name) is not None for name in ("README.md", "a/b/README.md", "CHANGES.md", "xREADME.md")
    ] == [
        True,
        True,
        False,
        False,
    ]
