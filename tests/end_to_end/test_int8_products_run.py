"""A run with frozen products in int8 on the embedded base: its adapter is stock PEFT's, and the card tells the cost."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_runs import token_recipe, token_rows, write_splits

import tunecard
from tunecard.evidence import RunFolder
from tunecard.pipeline.path import run
from tunecard.verification import verify

TRAINING = {"epochs": 1, "train_batch_size": 8, "frozen_products": "int8", "warm_start": "none"}


@pytest.mark.usefixtures("warm_processes")
def test_learned_in_int8_and_loaded_by_stock_peft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tunecard.pipeline.frozen_layers.why_no_int8_products", lambda device: None)
    monkeypatch.setattr("tunecard.inference.products.why_no_int8_products", lambda device: None)
    data = write_splits(tmp_path / "data", token_rows, {"train": 24, "validation": 12, "test": 30})
    evaluation = {"probes": []}
    folder: RunFolder = run(
        token_recipe("embedded", data, training=TRAINING, evaluation=evaluation), out=tmp_path / "run"
    )
    found = {finding.id: finding for finding in folder.read_findings()}
    _is_told(folder)
    assert found["reload.max_logit_difference"].value < 1e-4  # stock PEFT, on the base as published
    flips = found["difference.int8-products.validation.flips"]
    assert 0 <= flips.value <= 1 and flips.n == 12
    report = verify(folder.path)
    assert report.ok, [check for check in report.checks if check.ok is False]
    _predicts_so(folder, data)


def _is_told(folder: RunFolder) -> None:
    found = {finding.id: finding for finding in folder.read_findings()}
    assert found["training.base_weights"].value["stored"] == "int8-products"
    assert found["training.observed_dtypes"].value["products of frozen layers"] == "int8"
    moved = found["training.frozen_products"]
    assert moved.n == 12 and moved.value.keys() == {"loss", "logits", "gradients"}
    assert all(0 < share < 0.3 for share in moved.value.values())
    card = folder.card.read_text()
    assert (
        "; products of frozen layers in int8, with a scale for every output channel and every row: before the" in card
    )
    assert "Frozen layers were stored in [int8 (as they were multiplied), " in card
    assert "This adapter with the products in int8 that it was trained with" in card


def _predicts_so(folder: RunFolder, data: Path) -> None:
    predictor = tunecard.load(folder.path, precision="int8")
    assert predictor.changed.endswith("of 12 answers on validation were others in its run")
    assert len(predictor.predict([["Tom", "left", "Berlin"]])[0]["tags"]) == 3
    again = tunecard.evaluate(folder.path, str(data), split="test", precision="int8")
    assert again.findings.value("author.changed_answers") is not None
