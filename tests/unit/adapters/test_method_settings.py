"""What methods state of themselves: an adapter_config.json read by them, and their keys in a recipe."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from tunecard.adapters.methods.lora import LORA
from tunecard.adapters.methods.method import AdapterPlan, field_of, put_field
from tunecard.adapters.methods.recipes import check_recipe
from tunecard.adapters.methods.registry import METHODS, method_of, name_of, settings_of, switches_of, variants_of
from tunecard.foreign.findings import recipe_settings

SAVED: dict[str, Any] = {
    "peft_type": "LORA", "r": 8, "lora_alpha": 16, "lora_dropout": 0.1, "bias": "none", "use_dora": True,
    "target_modules": ["value", "query"], "rank_pattern": {},
}  # fmt: skip
PLAIN = {key: value for key, value in SAVED.items() if key != "use_dora"}
READ = {"rank": 8, "alpha": 16, "dropout": 0.1, "target_modules": ["query", "value"], "bias": "none"}


def recipe(**adapter: Any) -> Any:
    return check_recipe({"data": {"source": "x"}, "adapter": adapter})


def test_a_config_is_read_by_its_method() -> None:
    assert method_of(PLAIN) is method_of({"peft_type": "PeftType.LORA"}) is LORA
    assert settings_of(SAVED) == settings_of(PLAIN) == READ
    assert switches_of({**PLAIN, "layers_to_transform": [1]}) == {"layers_to_transform": [1]}
    assert settings_of({"peft_type": "LORA", "target_modules": ".*query"}) == {"target_modules": [".*query"]}


def test_a_variant_is_told_by_the_fields_that_make_it() -> None:
    assert method_of(SAVED) is METHODS["dora"] and switches_of(SAVED) == {}
    both = {**SAVED, "use_rslora": True}
    assert (method_of(both), switches_of(both)) == (METHODS["dora"], {"use_rslora": True})


def test_evidence_is_believed_where_such_a_file_could_have_come_of_the_method() -> None:
    assert method_of(PLAIN, "dora") is LORA
    assert method_of(PLAIN, "lora") is method_of(PLAIN, "a name of nothing") is LORA
    # Cards from before DoRA was a method of its own call it a switch of LoRA.
    assert method_of(SAVED, "lora") is LORA and switches_of(SAVED, "lora") == {"use_dora": True}


def test_a_field_may_lie_in_a_group() -> None:
    fields: dict[str, Any] = {"eva_config": None}
    put_field(fields, "eva_config.rho", 2.0)
    put_field(fields, "eva_config.tau", 0.9)
    assert fields == {"eva_config": {"rho": 2.0, "tau": 0.9}}
    assert (field_of(fields, "eva_config.rho"), field_of({"eva_config": None}, "eva_config.rho")) == (2.0, None)
    assert field_of(fields, "") is None


def test_a_method_outside_the_registry_is_read_by_what_it_shares() -> None:
    config = {**SAVED, "peft_type": "XLORA"}
    assert (method_of(config), name_of(config), settings_of(config)) == (None, "xlora", READ)
    block = recipe(**recipe_settings(config)).adapter
    assert (block.method, block.settings) == ("xlora", READ)


def test_what_no_recipe_could_hold_stays_auto() -> None:
    config = {**PLAIN, "r": 4096, "lora_dropout": 1.0, "lora_alpha": float("nan")}
    assert recipe_settings(config) == {"method": "lora", "target_modules": ["query", "value"], "bias": "none"}


def test_what_is_written_is_what_is_read() -> None:
    plan = AdapterPlan("lora", {**READ, "alpha": 16.0}, ["classifier"], "SEQ_CLS")
    config = LORA.config(plan)
    assert settings_of(config) == READ
    assert (config["modules_to_save"], config["task_type"]) == (["classifier"], "SEQ_CLS")
    assert type(config["lora_alpha"]) is int and LORA.config(
        AdapterPlan("lora", {**READ, "alpha": 1.5}, [], "SEQ_CLS")
    )["lora_alpha"] == 1.5  # fmt: skip


def test_tensors_are_told_by_their_names() -> None:
    names = [
        "query.lora_A.weight",
        "query.lora_B.weight",
        "words.lora_embedding_A",
        "dense.lora_magnitude_vector.weight",
    ]
    names = [f"base_model.model.bert.{name}" for name in names]
    assert LORA.parts_of(names) == {"bert.query": {"A": names[0], "B": names[1]}, "bert.words": {"A": names[2]}}
    assert list(LORA.adapted(names)) == ["bert.query"]
    assert all(map(LORA.is_own, names)) and not LORA.is_own("base_model.model.classifier.weight")


@pytest.mark.parametrize("name", METHODS)
def test_every_method_has_a_block_of_its_own(name: str) -> None:
    settings = METHODS[name].settings
    assert list(recipe(method=name).adapter.settings) == [
        setting.key for setting in settings if setting.default is not None
    ]
    assert all(setting.rule is not None for setting in settings if setting.default == "auto")


def test_methods_need_neither_torch_nor_peft() -> None:
    code = "import sys, tunecard.adapters.methods.recipes; print([m for m in ('torch', 'peft') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({}, []),
        (
            {"rank_pattern": {"value": 2, "key": 8}},
            ["rank by module, 2 where a name fits `value`, 8 where a name fits `key`"],
        ),
        ({"alpha_pattern": {f"layer.{n}": n for n in range(9)}}, ["and so on"]),
        ({"trainable_token_indices": [5, 6]}, ["2 rows of the embeddings learned too"]),
        ({"layers_to_transform": 3}, ["only layers 3"]),
        ({"use_rslora": True, "use_dora": True}, ["square root of the rank"]),
    ],
)
def test_variants_are_told_in_words(config: dict[str, Any], words: list[str]) -> None:
    told = variants_of({"peft_type": "LORA", **config})
    assert len(told) == len(words)
    assert all(word in said for word, said in zip(words, told, strict=True))
