"""What merging costs: nothing but rounding in fp32, and in int8 what rounding by hand costs."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from layered_models import ROWS, adapted, encoded, subject_of
from torch import nn

from tunecard.adapters.int8_rounding import round_linear_weights
from tunecard.examination.merging import Merging
from tunecard.inference import take_fast_path

TinyBase = Callable[[str], Path]


@pytest.mark.parametrize("is_fast", [False, True])
def test_merged_answers_are_those_of_stock_peft_rounded_by_numpy(
    tiny_base: TinyBase, tmp_path: Path, is_fast: bool
) -> None:
    model = adapted(tiny_base("bert"), acting=(0, 1))
    stock = copy.deepcopy(model)
    if is_fast:
        take_fast_path(model)
    subject = subject_of(model, tmp_path)
    probe = Merging()
    found = probe.run(subject, probe.price(subject))[0]
    plain, small = found.value
    assert subject.passes.spent == 3 * ROWS == 3 * found.n and [plain["weights"], small["weights"]] == ["fp32", "int8"]
    assert plain["flips"] == 0 and plain["largest_logit_difference"] < 1e-3 < small["largest_logit_difference"]
    ids = torch.tensor(encoded(subject.rows).input_ids)
    with torch.no_grad():
        before = stock(ids).logits
        merged: Any = stock.merge_and_unload()
        linear = [module for module in merged.modules() if isinstance(module, nn.Linear)]
        for layer in linear:
            weight = layer.weight.numpy()
            scale = np.abs(weight).max(axis=1, keepdims=True) / 127
            layer.weight.copy_(torch.from_numpy(np.round(weight / scale).clip(-127, 127) * scale))
        after = merged(ids).logits
    assert f"all {len(linear)} linear layers" in str(found.method)
    assert small["largest_logit_difference"] == pytest.approx(float((before - after).abs().max()), rel=1e-3)
    assert small["flips"] == int((before.argmax(1) != after.argmax(1)).sum())


def test_the_model_that_is_asked_stays_as_it_was(tiny_base: TinyBase, tmp_path: Path) -> None:
    model = adapted(tiny_base("roberta"), acting=(0, 1))
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    subject = subject_of(model, tmp_path)
    Merging().run(subject, Merging().price(subject))
    after = model.state_dict()
    assert before.keys() == after.keys() and all(torch.equal(before[name], after[name]) for name in before)


def test_a_row_of_zeros_stays_one_and_an_output_has_a_scale_of_its_own() -> None:
    layer = nn.Linear(3, 3, bias=False)
    layer.weight.data = torch.tensor([[0.0, 0.0, 0.0], [1.27, 0.004, -0.006], [127.0, 1.4, 0.4]])
    assert round_linear_weights(layer) == 1
    expected = torch.tensor([[0.0, 0.0, 0.0], [1.27, 0.0, -0.01], [127.0, 1.0, 0.0]])
    torch.testing.assert_close(layer.weight.data, expected)


def test_what_does_not_merge_says_why_and_few_rows_are_not_asked(tiny_base: TinyBase, tmp_path: Path) -> None:
    subject = subject_of(adapted(tiny_base("bert"), acting=(1,)), tmp_path)
    assert "under 20" in str(Merging().run(subject, 57)[0].reason)
    half = subject_of(adapted(tiny_base("bert"), acting=(1,)).to(torch.bfloat16), tmp_path)
    assert Merging().price(half) == 0
    assert str(Merging().run(half, 500)[0].reason).endswith("merged into weights: its weights are not in fp32")
