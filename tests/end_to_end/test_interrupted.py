"""A run that is stopped keeps its state, says so with exit code 3, and ends as if nothing had happened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from small_runs import token_recipe

from tunecard.errors import Interrupted
from tunecard.evidence import RunFolder
from tunecard.pipeline import run
from tunecard.pipeline.progress import Silence

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
