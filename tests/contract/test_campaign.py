"""A few faults of `benchmarks/campaign.py`, which is long: they strike, and every command goes on to the same bytes.

Kills, signals and full disks are the kernel's. That what does not hold is told is asked, too.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from little_effort import little_effort

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(autouse=True)
def _scripts_import_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))


def in_a_process_of_its_own(work: Callable[[], Any], answer: Path) -> Any:
    """A campaign mounts a disk, and changes environment and libraries."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            answer.write_text(json.dumps(work()))
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    return json.loads(answer.read_text())


@pytest.mark.slow
def test_every_command_goes_on_after_every_kind_of_fault(tmp_path: Path) -> None:
    campaign = import_module("campaign").campaign
    commands = ("run", "card", "predict", "push")

    def play() -> Any:
        with little_effort():
            return campaign(tmp_path / "work", faults=6, seed=13, commands=commands)

    found = in_a_process_of_its_own(play, tmp_path / "answer.json")
    assert found["faults"] >= 6 and found["wrong"] == []
    cases = [json.loads(case) for case in (tmp_path / "work" / "cases.jsonl").read_text().splitlines()]
    assert {case["command"] for case in cases} == set(commands)
    assert [case["number"] for case in cases] == list(range(found["cases"]))


def test_a_campaign_goes_on_where_it_was(tmp_path: Path) -> None:
    """Enough faults were met already: nothing is played, and all of it is reported."""
    module = import_module("campaign")
    cases = [
        {"number": 0, "command": "run", "met": ["SIGTERM (3)", "disk full (9)"], "wrong": []},
        {"number": 1, "command": "card", "met": ["SIGTERM (1)"], "wrong": ["it verifies"]},
    ]
    (tmp_path / "cases.jsonl").write_text("".join(json.dumps(case) + "\n" for case in cases))
    found = module.campaign(tmp_path, faults=3, seed=0)
    assert (found["cases"], found["faults"], found["wrong"]) == (2, 3, cases[1:])
    assert found["by_command"]["run"] == {"SIGTERM": 1, "disk full": 1}
    assert "case 1 (card): it verifies" in module.shown(found)


def test_the_seed_decides_the_faults() -> None:
    faults = import_module("campaign_faults")
    course = faults.Course(operations=300, seconds=2.0, written=10**6)
    drawn = [[faults.draw(random.Random(seed), course, has_disk=True) for _ in range(2)] for seed in range(200)]
    assert all(one == again for one, again in drawn)
    kinds = {one.kind for one, _ in drawn}
    assert kinds == {*faults.KILLS, *faults.SIGNALS, *faults.DISKS}
    assert faults.FULL not in {faults.draw(random.Random(seed), course, has_disk=False).kind for seed in range(200)}


def test_files_that_are_half_are_told(tmp_path: Path) -> None:
    commands = import_module("campaign_commands")
    (tmp_path / "evidence.json").write_text('{"findings": [')
    (tmp_path / "weights.safetensors").write_bytes(b"\x10\x00")
    (tmp_path / "predictions").mkdir()
    (tmp_path / "predictions" / "test.parquet").write_bytes(b"PAR1")
    (tmp_path / "README.md").write_text("")
    (tmp_path / ".half-x").write_text("")
    (tmp_path / "recipe.yaml").write_text("whole")
    told = sorted(sentence.split()[0] for sentence in commands.half_written(tmp_path))
    assert told == ["README.md", "evidence.json", "predictions/test.parquet", "weights.safetensors"]
