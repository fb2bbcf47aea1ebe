"""Training with `cache_frozen_prefix`: the course of training without it, from states that were computed once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from tiny_training import make_ground
from tunecard.errors import RecipeError
from tunecard.training import train
from tunecard.training.frozen_prefix import cache as prefix_cache

TinyBase = Callable[[str], Path]
TOP = ["layer.1.attention.self.query", "layer.1.attention.self.value"]


@pytest.mark.parametrize("kind", ["text", "tokens"])
def test_the_course_is_the_same_without_dropout(tiny_base: TinyBase, tmp_path: Path, kind: str) -> None:
    states = {}
    for cached in (False, True):
        ground = make_ground(tiny_base("roberta"), kind, targets=TOP, cache_frozen_prefix=cached)
        folder = tmp_path / str(cached)
        result = train(ground.model, ground.data, ground.plan, ground.encoder.new_modules, folder)
        assert result.path.get("cached_layers") == (1 if cached else None)
        states[cached] = ground.state(), [record.train_loss for record in result.curve]
    assert states[True][1] == pytest.approx(states[False][1], rel=1e-4)
    for name, tensor in states[False][0].items():
        torch.testing.assert_close(states[True][0][name], tensor, rtol=1e-3, atol=1e-4, msg=name)


def test_states_are_computed_once_for_all_epochs(
    tiny_base: TinyBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stock = prefix_cache.states_below
    rows = 0

    def count(model: torch.nn.Module, batch: prefix_cache.PackedBatch, layers: int) -> torch.Tensor:
        nonlocal rows
        rows += len(batch.rows)
        return stock(model, batch, layers)

    monkeypatch.setattr(prefix_cache, "states_below", count)
    ground = make_ground(tiny_base("bert"), targets=TOP, cache_frozen_prefix=True, epochs=3, dropout=0.1)
    train(ground.model, ground.data, ground.plan, ground.encoder.new_modules, tmp_path)
    assert rows == len(ground.data.train)


def test_adapters_in_the_lowest_layer_are_refused(tiny_base: TinyBase, tmp_path: Path) -> None:
    ground = make_ground(tiny_base("roberta"), cache_frozen_prefix=True)
    with pytest.raises(RecipeError, match=r"^training.cache_frozen_prefix needs adapters in the top layers only"):
        train(ground.model, ground.data, ground.plan, ground.encoder.new_modules, tmp_path)
