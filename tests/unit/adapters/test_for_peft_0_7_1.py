"""A config for PEFT 0.7.1: known keys stay, defaults of later ones go, everything else is refused with its name."""

from __future__ import annotations

from typing import Any

import pytest
from peft import IA3Config, LoraConfig

from tunecard.adapters.for_peft_0_7_1 import config_for_0_7_1
from tunecard.errors import AdapterError


def config(**settings: Any) -> dict[str, Any]:
    made = LoraConfig(r=4, target_modules=["query"], task_type="SEQ_CLS", **settings).to_dict()
    return {**made, "peft_type": "LORA", "target_modules": ["query"], "peft_version": "0.21.2"}


def test_keys_that_came_later_go_where_they_are_at_their_defaults() -> None:
    made = config_for_0_7_1(config(lora_alpha=8))
    assert made["r"] == 4 and made["lora_alpha"] == 8 and made["target_modules"] == ["query"]
    assert not {"use_dora", "use_rslora", "peft_version", "exclude_modules"} & set(made)


def test_what_it_could_not_do_is_told_all_at_once() -> None:
    with pytest.raises(AdapterError) as told:
        config_for_0_7_1(config(use_dora=True, use_rslora=True, init_lora_weights="pissa"))
    assert len(told.value.problems) == 3
    assert "use_dora" in str(told.value) and "use_rslora" in str(told.value) and "'pissa'" in str(told.value)


def test_a_method_of_later_years_is_refused_with_what_else_there_is() -> None:
    with pytest.raises(AdapterError, match=r"does not load VERA.*LORA.*--format safetensors"):
        config_for_0_7_1({"peft_type": "VERA"})
    old = IA3Config(target_modules=["key", "dense"], feedforward_modules=["dense"]).to_dict()
    assert config_for_0_7_1({**old, "peft_type": "IA3"})["feedforward_modules"]
