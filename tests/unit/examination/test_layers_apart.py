"""Layers without their update: a layer that was planted to decide is found, one that does nothing is not."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from layered_models import ROWS, TASK, adapted, encoded, subject_of
from scipy.stats import binomtest
from torch import nn

from tunecard.adapters.without_updates import updated_by_layer, without_updates
from tunecard.encoders import BaseFiles, load_encoder
from tunecard.evaluation.together import FAMILIES
from tunecard.examination.layers_apart import LayersApart, bands
from tunecard.inference import predict_split, take_fast_path

TinyBase = Callable[[str], Path]


@pytest.mark.parametrize("is_fast", [False, True])
def test_the_layer_that_was_planted_is_found(tiny_base: TinyBase, tmp_path: Path, is_fast: bool) -> None:
    model = adapted(tiny_base("bert"), acting=(1,))
    reference = copy.deepcopy(model)
    if is_fast:
        take_fast_path(model)
    subject = subject_of(model, tmp_path)
    price = LayersApart().price(subject)
    found = LayersApart().run(subject, price)[0]
    still, planted, every = found.value
    assert price == subject.passes.spent == 3 * ROWS and found.n == ROWS
    assert [one["layers"] for one in found.value] == ["0", "1", "all"] and every["modules"] == 2 * planted["modules"]
    assert still["flips"] == 0 == still["drop"] and not still["distinguishable"] and still["p"] == 1
    for module in updated_by_layer(reference)[1]:
        nn.init.zeros_(module.lora_B["default"].weight)  # type: ignore[union-attr,index]
    plain = predict_split(reference, TASK, subject.rows, encoded(subject.rows), 0).predictions
    flips = sum(old != new for old, new in zip(subject.rows.labels, plain, strict=True))
    assert 0 < flips == planted["flips"] == every["flips"] and planted["distinguishable"] and every["distinguishable"]
    assert tuple(planted["flip_interval"]) == pytest.approx(
        tuple(binomtest(flips, ROWS).proportion_ci(method="wilson"))
    )
    assert planted["drop"] == pytest.approx(flips / ROWS)
    sign_test = max(binomtest(flips, flips).pvalue, 1 / 100_000)  # every flip is a loss here; the least of its draws
    assert planted["p"] == pytest.approx(2 * len(FAMILIES) * sign_test)
    assert every["p"] == pytest.approx(sign_test)  # alone; the layer's by Holm, of two, and for the other families


def test_an_adapter_that_does_nothing_changes_no_answer(tiny_base: TinyBase, tmp_path: Path) -> None:
    subject = subject_of(adapted(tiny_base("roberta"), acting=()), tmp_path)
    found = LayersApart().run(subject, LayersApart().price(subject))[0]
    assert all(one["flips"] == 0 and one["distinguishable"] is False for one in found.value)


def test_layers_are_whole_again_afterwards(tiny_base: TinyBase, tmp_path: Path) -> None:
    model = adapted(tiny_base("bert"), acting=(0, 1))
    subject = subject_of(model, tmp_path)
    with pytest.raises(KeyboardInterrupt), without_updates(updated_by_layer(model)[0]):
        raise KeyboardInterrupt
    assert predict_split(model, TASK, subject.rows, encoded(subject.rows), 0).predictions == subject.rows.labels


def test_few_passes_take_neighbours_together_and_too_few_ask_nothing(tiny_base: TinyBase, tmp_path: Path) -> None:
    layers: Any = {layer: [layer] for layer in range(12)} | {None: ["pooler"]}
    told = [(band.name, band.modules) for band in bands(layers, 300, 300, 1)]
    assert told == [("0 to 2", [0, 1, 2]), ("3 to 5", [3, 4, 5]), ("6 to 8", [6, 7, 8]), ("9 to 11", [9, 10, 11]), (
        "outside the layers", ["pooler"])]  # fmt: skip
    assert len(bands(layers, 300, 14 * 50, 1)) == 13 and len(bands(layers, 10, 140, 1)) == 13
    subject = subject_of(adapted(tiny_base("bert"), acting=(1,)), tmp_path)
    assert LayersApart().run(subject, 90)[0].n == 30
    assert "raise `evaluation.budget`" in str(LayersApart().run(subject, 50)[0].reason)


def test_a_model_without_an_adapter_says_why(tiny_base: TinyBase, tmp_path: Path) -> None:
    encoder = load_encoder(
        BaseFiles("anna/tiny", tiny_base("bert"), None, False), TASK.auto_class, TASK.labels, None, 0
    )
    subject = subject_of(encoder.model.eval(), tmp_path)
    assert LayersApart().price(subject) == 0
    assert "it is no adapter" in str(LayersApart().run(subject, 1000)[0].reason)
