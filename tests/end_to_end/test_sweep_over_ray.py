"""`tunecard sweep --ray` with a real Ray: the table of the loop in turn, whatever is killed meanwhile."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import psutil
import pytest
from small_runs import token_recipe

import tunecard
from tunecard.errors import MachineError
from tunecard.evidence import RunFolder
from tunecard.sweeping import Sweep

pytest.importorskip("ray", reason="the extra ray is not installed")
import ray

from tunecard.on_ray.session import ray_session

OVER = {"adapter.rank": [2, 4, 8]}
WORKER = "ray::train_there"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """One Ray for all tests, with one processor: one trial at a time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tunecard.on_ray.session.available_threads", lambda: 1.0)
        with ray_session(None):
            yield ray.get_runtime_context().gcs_address


@pytest.fixture(scope="module")
def recipe(tiny_base: Callable[[str], Path], token_data: Path) -> dict[str, Any]:
    recipe = token_recipe(tiny_base("bert"), token_data).model_dump(mode="json", exclude_unset=True)
    return recipe | {"training": {**recipe.get("training", {}), "epochs": 2}}


@pytest.fixture(scope="module")
def swept(recipe: dict[str, Any], address: str, tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    """Made over Ray, whose worker is killed in its first trial."""
    out = tmp_path_factory.mktemp("over-ray") / "out"
    line = (
        "import json, sys; import tunecard\n"
        "recipe, over, out, ray = json.loads(sys.argv[1])\n"
        "tunecard.sweep(recipe, over, out=out, ray=ray)"
    )
    told = json.dumps([recipe, OVER, str(out), address])
    driver = subprocess.Popen([sys.executable, "-c", line, told], stderr=subprocess.PIPE, text=True)
    while driver.poll() is None and not list(out.glob("*/checkpoints/*")):
        time.sleep(0.05)
    for process in psutil.process_iter(["cmdline"]):
        if process.info["cmdline"] and WORKER in process.info["cmdline"][0]:
            os.kill(process.pid, signal.SIGKILL)
    _, said = driver.communicate()
    assert driver.returncode == 0, said
    return tunecard.sweep(recipe, OVER, out=out, resume=True)


def test_the_table_is_that_of_trials_in_turn(swept: Sweep, recipe: dict[str, Any], tmp_path: Path) -> None:
    in_turn = tunecard.sweep(recipe, OVER, out=tmp_path / "out")
    assert [one.name for one in swept.settings] == [one.name for one in in_turn.settings]
    for mine, theirs in zip(swept.trials, in_turn.trials, strict=True):
        assert replace(mine.score, path=theirs.score.path) == theirs.score
        assert mine.parameters == theirs.parameters
        findings = RunFolder(mine.path).read_findings()
        assert not findings.under("data.test") and not findings.under("results.test")
    assert swept.recommended.name == in_turn.recommended.name


def test_what_is_trained_is_not_trained_again(swept: Sweep, recipe: dict[str, Any], address: str) -> None:
    written = {one.path: (one.path / "evidence.json").stat().st_mtime_ns for one in swept.trials}
    again = tunecard.sweep(recipe, OVER, out=swept.path, resume=True, ray=address)
    assert {one.path: (one.path / "evidence.json").stat().st_mtime_ns for one in again.trials} == written


def test_a_poor_setting_is_stopped_and_told(recipe: dict[str, Any], address: str, tmp_path: Path) -> None:
    recipe = recipe | {"training": {**recipe["training"], "epochs": 3}}
    over = {"training.learning_rate": [1e-3, 0.3, 1e-4]}
    found = tunecard.sweep(recipe, over, out=tmp_path / "out", stop_early=True, ray=address)
    remembered = json.loads((tmp_path / "out/race.json").read_text())
    first = {name: curve["1"] for name, curve in remembered["scores"].items()}  # in the order in which they came
    came = list(first)
    poor = {name for n, name in enumerate(came) if n and first[name] < median(first[one] for one in came[:n])}
    assert {one.path.name for one in found.left} == poor and any("0.3" in name for name in poor)
    assert found.recommended.name not in poor
    assert all(remembered["stopped"][one.path.name] == 1 for one in found.left)


def test_an_address_at_which_nobody_answers_is_told(
    recipe: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    with pytest.raises(MachineError, match="no Ray answers at 127.0.0.1:9"):
        tunecard.sweep(recipe, OVER, out=tmp_path / "out", ray="127.0.0.1:9")
