"""A run with rows enough for a temperature: folded once, also where the run was cut after training, and told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file
from small_runs import pair_rows, token_recipe, write_splits

from made_once import made_once
from tunecard.errors import Interrupted
from tunecard.evidence import Findings, RunFolder
from tunecard.pipeline import run
from tunecard.pipeline.progress import Silence
from tunecard.training.temperature import Calibration
from tunecard.verification import verify

pytestmark = pytest.mark.usefixtures("warm_processes")


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory, tiny_base: Callable[[str], Path]) -> Any:
    sizes = {"train": 60, "validation": 60, "test": 40}
    data = made_once(tmp_path_factory, "data/many-pairs", lambda folder: write_splits(folder, pair_rows, sizes))
    return token_recipe(tiny_base("bert"), data)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, recipe: Any) -> RunFolder:
    return RunFolder(made_once(tmp_path_factory, "runs/many-pairs", lambda folder: run(recipe, out=folder)))


def test_every_record_is_there_and_the_card_tells_both_errors(whole: RunFolder) -> None:
    findings = whole.read_findings()
    temperature = findings["training.temperature"]
    assert 0.05 < temperature.value < 20 and temperature.value != 1 and temperature.n == 60
    nll = [findings.value(f"calibration.validation.nll_{when}") for when in ("before", "after")]
    assert nll[1] < nll[0]
    assert findings.value("calibration.validation.ece_after") == pytest.approx(findings.value("results.validation.ece"))
    assert findings.value("calibration.validation.ece_before") == pytest.approx(
        findings.value("results.validation.ece_before"), abs=1e-5
    )
    card = whole.card.read_text()
    assert "Validation chose both the epoch and the temperature" in card and "**Temperature:**" in card
    report = verify(whole.path)
    assert report.ok, [check for check in report.checks if check.ok is False]


def test_a_run_cut_after_training_does_not_divide_twice(whole: RunFolder, recipe: Any, tmp_path: Path) -> None:
    class Cut(Silence):
        def stage(self, title: str) -> None:
            if title == "Evaluating the saved adapter":
                raise Interrupted("cut")

    with pytest.raises(Interrupted):
        run(recipe, out=tmp_path / "out", listener=Cut())
    assert RunFolder(tmp_path / "out").adapter_weights.is_file()  # it was saved already
    resumed = run(recipe, out=tmp_path / "out", resume=True)
    assert resumed.adapter_weights.read_bytes() == whole.adapter_weights.read_bytes()
    assert temperature_of(resumed) == temperature_of(whole)


def temperature_of(folder: RunFolder) -> float:
    found: Findings = folder.read_findings()
    return float(found.value("training.temperature"))


def test_the_file_holds_the_trained_output_layer_divided(
    whole: RunFolder, recipe: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tunecard.pipeline.learning.calibrate", lambda *args: Calibration(reason="not asked"))
    plain = run(recipe, out=tmp_path / "out")
    assert plain.read_findings()["training.temperature"].reason == "not asked; logits are as trained (T = 1)"
    assert "No temperature divides the logits: not asked" in plain.card.read_text()
    divided, trained = load_file(whole.adapter_weights), load_file(plain.adapter_weights)
    changed = {name for name in trained if not np.array_equal(divided[name], trained[name])}
    assert {name.split(".")[-2] for name in changed} == {"classifier"} and len(changed) == 2
    for name in changed:
        assert divided[name] == pytest.approx(trained[name] / temperature_of(whole), rel=1e-6)
    before, after = plain.read_predictions("test"), whole.read_predictions("test")
    assert after.predictions == before.predictions
