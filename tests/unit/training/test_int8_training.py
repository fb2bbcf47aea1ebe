"""Training with frozen products in int8: what it multiplies, how far it is from the regime, and that it goes on where
it was stopped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from stopped_training import go, require_same_when_stopped
from tiny_training import Ground, make_ground, rows_of
from tunecard.adapters.fused.frozen_weight import held_weights
from tunecard.adapters.fused.int8_products import Int8Products
from tunecard.inference.batches import collate
from tunecard.inference.product_distance import ProbedAnswers, distance_between
from tunecard.training import Trainer
from tunecard.training.probed_products import onto_fast_path
from tunecard.training.regime import Precision
from tunecard.training.validation import score_validation

TinyBase = Callable[[str], Path]


def ground_of(base: Path, precision: Precision = "fp32", **settings: Any) -> Ground:
    return make_ground(base, precision=precision, frozen_products="int8", **settings)


@pytest.mark.parametrize("precision", ["fp32", "bf16-mixed", "fp16-mixed", "bf16"])
def test_frozen_layers_are_multiplied_in_int8_in_every_regime(
    tiny_base: TinyBase, tmp_path: Path, precision: Precision
) -> None:
    ground = ground_of(tiny_base("roberta"), precision, epochs=4)
    result = go(ground, tmp_path)
    assert result.observed_dtypes["products of frozen layers"] == "int8"
    assert "int8" in result.observed_dtypes["frozen weights"]
    assert result.path["stored"] == "int8-products"
    assert result.curve[-1].train_loss < result.curve[0].train_loss
    assert result.rescored == result.best_score
    held = held_weights(ground.model)
    assert held and all(isinstance(weight, Int8Products) for weight in held)


@pytest.mark.parametrize(("architecture", "kind"), [("roberta", "text"), ("bert", "tokens")])
@pytest.mark.parametrize("way", ["packed", "padded"])
def test_the_distance_is_that_of_losses_logits_and_gradients(
    tiny_base: TinyBase, monkeypatch: pytest.MonkeyPatch, architecture: str, kind: str, way: str
) -> None:
    if way == "padded":
        monkeypatch.setattr("tunecard.inference.fast_path.why_not_packed", lambda model: "a test asks for padding")
    whole, ground = (maker(tiny_base(architecture), kind=kind) for maker in (make_ground, ground_of))
    trainer = Trainer(ground.model, ground.data, ground.plan, ground.encoder.new_modules)
    assert trainer.path.is_packed == (way == "packed")
    told = trainer.path.products
    assert told is not None and told.rows == len(ground.data.validation)
    before, after = (_logits(one) for one in (whole, ground))
    # A packed batch may be filled up by tokens of no row, and the least difference rounds a value to its other side.
    assert told.logits == pytest.approx(float((after - before).norm() / before.norm()), rel=0.05)
    losses = [score_validation(one.model, one.data, "loss").loss for one in (whole, ground)]
    assert told.loss == pytest.approx(abs(losses[1] - losses[0]) / losses[0], rel=0.1, abs=1e-6)
    gradients = [_gradient(one) for one in (whole, ground)]
    moved = float((gradients[1] - gradients[0]).norm() / gradients[0].norm())
    assert told.gradients == pytest.approx(moved, rel=0.05)
    assert 1e-4 < told.logits < 0.2 and 1e-4 < told.gradients < 0.2


def _said(ground: Ground) -> Any:
    """What stock padding gives of the validation rows."""
    ground.model.eval()
    return ground.model(**collate(ground.data.validation, rows_of(ground.data.validation), ground.data.pad_token_id))


def _logits(ground: Ground) -> Tensor:
    logits: Tensor = _said(ground).logits.detach()
    if logits.ndim == 2:
        return logits
    lengths = ground.data.validation.lengths
    return torch.cat([row[:length] for row, length in zip(logits, lengths, strict=True)])


def _gradient(ground: Ground) -> Tensor:
    learned = [one for one in ground.model.parameters() if one.requires_grad]
    found = torch.autograd.grad(_said(ground).loss, learned, allow_unused=True)
    return torch.cat([(torch.zeros_like(p) if g is None else g).flatten() for p, g in zip(learned, found, strict=True)])


@pytest.mark.parametrize("way", ["packed", "padded"])
def test_the_distance_is_measured_once(tiny_base: TinyBase, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    """A phase without labels comes first, and brings the base into int8: there is nothing to compare afterwards."""
    if way == "padded":
        monkeypatch.setattr("tunecard.inference.fast_path.why_not_packed", lambda model: "a test asks for padding")
    ground = ground_of(tiny_base("roberta"), "bf16-mixed")
    first = onto_fast_path(ground.model, ground.data, ground.plan)
    assert first.products is not None and first.products.gradients > 0
    assert Trainer(ground.model, ground.data, ground.plan, ground.encoder.new_modules).path.products == first.products


def test_nothing_is_measured_where_products_are_the_regime_s(tiny_base: TinyBase) -> None:
    ground = make_ground(tiny_base("roberta"))
    assert onto_fast_path(ground.model, ground.data, ground.plan).products is None


@pytest.mark.parametrize("stop", [2, 6, 8])
def test_a_stopped_training_goes_on_bit_by_bit(tiny_base: TinyBase, tmp_path: Path, stop: int) -> None:
    require_same_when_stopped(
        lambda: ground_of(tiny_base("roberta"), "bf16-mixed", epochs=2, dropout=0.1), tmp_path, stop
    )


def test_a_layer_whose_weight_is_read_keeps_its_values_as_numbers(tiny_base: TinyBase, tmp_path: Path) -> None:
    """DoRA takes lengths of what lies under it: it is rounded to int8, and multiplied as it was."""
    ground = ground_of(tiny_base("roberta"), method="dora", epochs=1)
    result = go(ground, tmp_path)
    assert result.path["products"]["gradients"] > 0
    assert all(np.isfinite(record.train_loss) for record in result.curve)


def test_shares_are_of_what_was_before() -> None:
    one = ProbedAnswers(3, 2.0, [torch.tensor([3.0, 4.0, float("-inf")])], [torch.zeros(2), torch.tensor([2.0])])
    other = ProbedAnswers(3, 1.5, [torch.tensor([3.0, 4.5, float("-inf")])], [torch.ones(2), torch.tensor([2.0])])
    found = distance_between(one, other)
    assert (found.rows, found.loss, found.logits) == (3, 0.25, 0.1)
    assert found.gradients == pytest.approx(2**0.5 / 2)
