"""What each layer says, beside stock hidden states; where layers cannot be probed the reason is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tiny_training import make_ground
from tunecard.inference import take_fast_path
from tunecard.training.frozen_features import read_layers
from tunecard.training.layer_probes import LayerProbes, probe_layers

TinyBase = Callable[[str], Path]


@pytest.mark.parametrize("kind", ["text", "tokens"])
def test_layers_are_stock_hidden_states(tiny_base: TinyBase, kind: str) -> None:
    ground = make_ground(tiny_base("bert"), kind)
    rows, model = ground.data.train, ground.model.eval()
    with torch.no_grad():
        stock = [model.base_model.model.base_model(torch.tensor([ids]), output_hidden_states=True).hidden_states[1:]
                 for ids in rows.input_ids]  # fmt: skip
    take_fast_path(model)
    layers = read_layers(model, rows, ground.data.pad_token_id, 0)
    assert len(layers) == len(stock[0])
    for number, layer in enumerate(layers):
        for value, row, place in zip(layer.values, layer.rows, layer.places, strict=True):
            hidden = stock[row][number][0]
            wanted = hidden.mean(dim=0) if kind == "text" else hidden[place]
            np.testing.assert_allclose(value, wanted.numpy(), atol=1e-5)


def test_few_held_rows_tell_no_layers_apart(tiny_base: TinyBase) -> None:
    ground = make_ground(tiny_base("bert"))
    why = probe_layers(ground.model, ground.data, 0)
    assert isinstance(why, str)
    assert why.endswith("are the fewest that tell layers apart")


def test_each_layer_has_a_probe(tiny_base: TinyBase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tunecard.training.layer_probes.LEAST_TO_CHOOSE", 1)
    ground = make_ground(tiny_base("bert"))
    take_fast_path(ground.model)
    found = probe_layers(ground.model, replace(ground.data), 0)
    assert isinstance(found, LayerProbes)
    assert len(found.scores) == len(found.behind) == 2
    assert (0.0, 0.0) in found.behind
