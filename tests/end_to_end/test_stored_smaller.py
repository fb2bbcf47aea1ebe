"""A run over a base in nf4: trained on it, shipped for the base as published, scored on both, and verified."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from small_runs import token_recipe, token_rows, write_splits

from tunecard.evidence import RunFolder
from tunecard.pipeline.path import run
from tunecard.verification import verify


@pytest.mark.usefixtures("warm_processes")
def test_both_bases_are_scored_on_the_same_rows(tiny_base: Callable[[str], Path], tmp_path: Path) -> None:
    data = write_splits(tmp_path / "data", token_rows, {"train": 24, "validation": 12, "test": 30})
    training = {"epochs": 1, "train_batch_size": 8, "precision": "fp32", "base_weights": "nf4"}
    folder: RunFolder = run(token_recipe(tiny_base("roberta"), data, training=training), out=tmp_path / "run")
    found = {finding.id: finding for finding in folder.read_findings()}
    gap, own, on = (found[id].value for id in ("difference.nf4.test.f1", "results.test.f1", "on_base.nf4.test.f1"))
    assert gap == pytest.approx(own - on, abs=1e-9)
    assert found["difference.nf4.test.f1"].interval is not None
    assert found["training.base_weights"].value["stored"] == "nf4"
    assert "uint8" in found["training.observed_dtypes"].value["frozen weights"]
    assert found["reload.max_logit_difference"].value < 1e-4  # stock PEFT, on the base as published
    card = folder.card.read_text()
    assert "Frozen layers were stored in [nf4, " in card
    assert "This adapter on the nf4 base that it was trained on" in card
    report = verify(folder.path)
    assert report.ok, [check for check in report.checks if check.ok is False]
