"""Adapters in the top layers only: what stock PEFT is told, which methods can, what cannot be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from peft import get_peft_config, get_peft_model

from tiny_models import lora_plan
from tunecard.adapters import add_adapter, trainable_state
from tunecard.adapters.methods.registry import METHODS
from tunecard.adapters.top_layers import layer_faults, layer_fields, why_not_by_layer
from tunecard.encoders import BaseFiles, Encoder, load_encoder

TinyBase = Callable[[str], Path]
BY_LAYER = [name for name in METHODS if why_not_by_layer(name) is None]


def load(folder: Path, auto_class: str = "AutoModelForSequenceClassification") -> Encoder:
    return load_encoder(BaseFiles("anna/tiny", folder, None, False), auto_class, ("a", "b", "c"), None, 0)


def plan_of(encoder: Encoder, layers: str) -> Any:
    return replace(lora_plan(encoder.new_modules, "SEQ_CLS"), layers=layers)


def learning_blocks(model: Any) -> set[str]:
    """Numbers of the blocks in which anything learns."""
    return {part for name in trainable_state(model) for part in name.split(".") if part.isdigit()}


@pytest.mark.parametrize("architecture", ["bert", "roberta", "distilbert", "modernbert", "electra"])
@pytest.mark.parametrize("auto_class", ["AutoModelForSequenceClassification", "AutoModel"])
def test_stock_peft_puts_adapters_where_the_config_says(
    tiny_base: TinyBase, architecture: str, auto_class: str
) -> None:
    ours, stock = load(tiny_base(architecture), auto_class), load(tiny_base(architecture), auto_class)
    adapted = add_adapter(ours.model, plan_of(ours, "top-1"), 0)
    assert learning_blocks(adapted) == {"1"}
    config = adapted.peft_config["default"].to_dict()  # type: ignore[union-attr, index, operator]
    assert config["layers_to_transform"] == [1]
    theirs = get_peft_model(stock.model, get_peft_config(config))
    assert set(trainable_state(theirs)) == set(trainable_state(adapted))


def test_all_layers_by_number_is_all(tiny_base: TinyBase) -> None:
    encoder = load(tiny_base("bert"))
    assert layer_fields(encoder.model, plan_of(encoder, "top-2")) == {}
    assert layer_fields(encoder.model, plan_of(encoder, "all")) == {}


def test_what_cannot_be_is_told(tiny_base: TinyBase) -> None:
    model = load(tiny_base("bert")).model
    assert layer_faults(model, "lora", "all") == layer_faults(model, "ia3", "all") == []
    assert layer_faults(model, "lora", "top-2") == layer_faults(model, "lora", "auto") == []
    assert layer_faults(model, "lora", "top-3") == [
        "adapter.layers must be all or top-1 to top-2: this base has 2 layers. Got top-3."
    ]
    assert layer_faults(model, "ia3", "top-1") == [
        "adapter.layers must be all with adapter.method ia3: PEFT's config of IA3 has no layers_to_transform. "
        "Got top-1."
    ]


def test_most_methods_can() -> None:
    assert {"lora", "dora", "adalora", "vera", "loha"} <= set(BY_LAYER)
    assert not {"ia3", "ln_tuning", "prompt_tuning", "prefix_tuning"} & set(BY_LAYER)
