"""A run that is stopped keeps its state, says so with exit code 3, and ends as if nothing had happened."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_runs import token_recipe

from full_disk import small_files
from tunecard.errors import DiskFull, Interrupted
from tunecard.evidence import RunFolder
from tunecard.evidence.files import HALF
from tunecard.pipeline import judging, run
from tunecard.pipeline.progress import Silence
from tunecard.verification import verify

pytestmark = pytest.mark.usefixtures("warm_processes")


class StopAt(Silence):
    """Sends SIGTERM to this process at a step."""

    def __init__(self, step: int) -> None:
        self._step = step

    def step(self, done: int, total: int, loss: float) -> None:
        if done == self._step:
            import os
            import signal

            os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.parametrize("what", ["predict_split", "examine", "evaluate"])
def test_a_stop_during_evaluation_ends_the_run(
    tmp_path: Path,
    pair_run: RunFolder,
    tiny_base: Callable[[str], Path],
    pair_data: Path,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
) -> None:
    """Training is over, and nobody takes steps any more: the stage ends where the signal comes."""
    recipe = token_recipe(tiny_base("bert"), pair_data)

    def stop(*_: Any, **__: Any) -> None:
        signal.raise_signal(signal.SIGTERM)

    with monkeypatch.context() as patch:
        patch.setattr(judging, what, stop)
        with pytest.raises(Interrupted, match="What was made is kept. Go on with --resume") as stopped:
            run(recipe, out=tmp_path / "out")
    assert stopped.value.exit_code == 3
    assert not RunFolder(tmp_path / "out").manifest.exists()
    if what != "predict_split":
        return  # the others stop in the same state
    resumed = run(recipe, out=tmp_path / "out", resume=True)
    assert resumed.adapter_weights.read_bytes() == pair_run.adapter_weights.read_bytes()
    assert resumed.read_findings().value("environment.failed_attempts") == 1
    assert verify(resumed.path).ok


def test_a_disk_that_is_full_ends_a_run_that_goes_on(
    tmp_path: Path, pair_run: RunFolder, tiny_base: Callable[[str], Path], pair_data: Path
) -> None:
    """The system itself refuses to write the weights; every smaller file before them is there."""
    recipe = token_recipe(tiny_base("bert"), pair_data)
    too_small = pair_run.adapter_weights.stat().st_size - 1
    with small_files(too_small), pytest.raises(DiskFull, match="Then go on with --resume") as full:
        run(recipe, out=tmp_path / "out")
    assert full.value.exit_code == 2
    assert not list((tmp_path / "out").rglob(f"{HALF}*"))
    resumed = run(recipe, out=tmp_path / "out", resume=True)
    assert resumed.adapter_weights.read_bytes() == pair_run.adapter_weights.read_bytes()
    assert verify(resumed.path).ok


def test_resumed_run_has_the_same_adapter_bytes(
    tmp_path: Path, pair_run: RunFolder, tiny_base: Callable[[str], Path], pair_data: Path
) -> None:
    recipe = token_recipe(tiny_base("bert"), pair_data)
    with pytest.raises(Interrupted, match="--resume") as stopped:
        run(recipe, out=tmp_path / "out", listener=StopAt(5))
    assert stopped.value.exit_code == 3
    assert not RunFolder(tmp_path / "out").card.exists()
    resumed = run(recipe, out=tmp_path / "out", resume=True)
    assert resumed.adapter_weights.read_bytes() == pair_run.adapter_weights.read_bytes()
    steps = [finding.value("training.steps") for finding in (resumed.read_findings(), pair_run.read_findings())]
    assert steps[0] == steps[1]
    found = resumed.read_findings()
    assert found.value("environment.failed_attempts") == 1
    assert found["energy.failed_kwh"].interval is not None and found.value("environment.failed_hours") > 0
    assert pair_run.read_findings().value("environment.failed_attempts") == 0
    assert "energy.failed_kwh" not in pair_run.read_findings()
    assert "stages cut short by an interruption or an error" in resumed.card.read_text()
