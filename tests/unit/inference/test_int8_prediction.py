"""Predicting with products in int8: near what fp32 answers, told with what is known of it, refused where it is not
there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tiny_adapters import make_adapter
from tunecard.adapters.fused.frozen_weight import held_weights
from tunecard.adapters.fused.int8_products import Int8Products
from tunecard.errors import MachineError
from tunecard.evidence import Findings, RunFolder, measured
from tunecard.inference import load
from tunecard.inference.products import storage_for, what_int8_changes

WORDS = [["anna", "went", "to", "tokyo"], ["the", "group"], ["tokyo"]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, tiny_base: Callable[[str], Path]) -> RunFolder:
    return make_adapter(tmp_path_factory.mktemp("int8"), tiny_base("bert"), "token-classification")


def test_answers_are_near_those_in_fp32(run: RunFolder, tiny_base: Callable[[str], Path]) -> None:
    exact, small = (load(run.path, base=tiny_base("bert"), precision=one) for one in ("fp32", "int8"))
    held = held_weights(small.engine.model)
    assert held and all(isinstance(weight, Int8Products) for weight in held)
    assert not any(isinstance(weight, Int8Products) for weight in held_weights(exact.engine.model))
    before, after = ([row["probabilities"] for row in one.predict(WORDS)] for one in (exact, small))
    apart = np.abs(np.concatenate(before) - np.concatenate(after))
    assert 0 < apart.mean() < 0.03 and apart.max() < 0.1
    assert {weight.multiplied for weight in held} == {"int8"}


def test_what_is_known_of_other_answers_is_told(run: RunFolder, tiny_base: Callable[[str], Path]) -> None:
    exact, small = (load(run.path, base=tiny_base("bert"), precision=one) for one in ("fp32", "int8"))
    assert (exact.precision, exact.changed) == ("fp32", "")
    assert small.precision == "int8"
    assert "nobody counted how many answers" in small.changed
    assert f"tunecard evaluate {run.path} --precision int8" in small.changed


def test_a_run_s_own_count_is_told() -> None:
    found = measured(
        "difference.int8-products.validation.flips", 0.0125, n=80, interval=(0.0022, 0.0675), level=0.95, method="m"
    )
    said = what_int8_changes(Findings([found]), "runs/a")
    assert said == "products in int8: 0.0125 [0.0022, 0.0675] of 80 answers on validation were others in its run"


def test_what_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MachineError, match=r"precision must be fp32 or int8\. Got 'int4'\. Did you mean 'int8'\?"):
        storage_for("int4", "cpu")
    monkeypatch.setattr("tunecard.inference.products.why_no_int8_products", lambda device: "it has no such units")
    with pytest.raises(MachineError, match=r"precision must be fp32 here: it has no such units\. Got int8\."):
        storage_for("int8", "cpu")
    assert storage_for("fp32", "cpu").stored == "full"
