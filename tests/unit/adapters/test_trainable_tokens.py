"""Rows of the word embeddings that learn beside an update: named by id or text, and loaded by stock PEFT."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from tiny_models import lora_plan
from tiny_training import make_ground, rows_of
from tunecard.adapters import add_adapter, load_adapter, save_adapter
from tunecard.adapters.merging import probe_logits
from tunecard.adapters.methods.recipes import check_recipe
from tunecard.adapters.methods.registry import METHODS, settings_of, variants_of
from tunecard.adapters.token_names import token_ids
from tunecard.encoders import load_encoder, locate_base
from tunecard.errors import RecipeError
from tunecard.evidence import RunFolder
from tunecard.training import Trainer

TinyBase = Callable[[str], Path]


def test_tokens_are_named_by_id_or_as_the_tokenizer_writes_them(tiny_base: TinyBase) -> None:
    tokenizer = make_ground(tiny_base("bert")).encoder.tokenizer
    gene = tokenizer.convert_tokens_to_ids("gene")
    assert token_ids(tokenizer, ["gene", 7, gene], "trainable_token_indices") == sorted({7, gene})
    with pytest.raises(RecipeError) as told:
        token_ids(tokenizer, ["genesis", 99_999], "trainable_token_indices")
    assert "adapter.trainable_token_indices: 'genesis' is no token of this base: it reads it as 'gene', '" in str(
        told.value
    )
    assert "99999 is no token of this base, which has ids 0 to" in str(told.value)


def test_a_recipe_that_names_none_is_as_it_was() -> None:
    plain = check_recipe({"data": {"source": "x"}, "adapter": {"method": "lora"}})
    assert "trainable_token_indices" not in plain.adapter.settings
    asked = check_recipe({"data": {"source": "x"}, "adapter": {"trainable_token_indices": ["gene", 7]}})
    assert asked.adapter.settings["trainable_token_indices"] == ["gene", 7]
    for wrong in (-1, [1.5], {"a": [1]}):
        with pytest.raises(RecipeError, match="a list of token ids or of tokens as the tokenizer writes them, or null"):
            check_recipe({"data": {"source": "x"}, "adapter": {"trainable_token_indices": wrong}})


@pytest.mark.parametrize("name", ["lora", "dora", "adalora"])
def test_named_rows_learn_and_others_do_not(tiny_base: TinyBase, tmp_path: Path, name: str) -> None:
    base = tiny_base("bert")
    ground = make_ground(base)
    encoder = load_encoder(locate_base(str(base)), "AutoModelForSequenceClassification", ("a", "b", "c"), None, 3)
    used = sorted({id for row in ground.data.train.input_ids for id in row})[6:9]
    settings = {"init_rank": 4, "target_rank": 2, "delta_t": 1, "orthogonality": 0.5, "initial_share": 0.1,
                "final_share": 0.3, "trainable_token_indices": used}  # fmt: skip
    plan = replace(lora_plan(encoder.new_modules, "SEQ_CLS", **settings), method=name)
    model: Any = add_adapter(encoder.model, plan, 3)
    trainer = Trainer(model, ground.data, ground.plan, encoder.new_modules)
    assert trainer.path.is_packed
    before = model.base_model.model.bert.embeddings.word_embeddings
    table = before.original_module.weight.detach().clone() if hasattr(before, "original_module") else None
    model.train()
    for _ in range(3):
        trainer.step(rows_of(ground.data.train))
        trainer.result.steps += 1
    model.eval()
    layer = model.base_model.model.bert.embeddings.word_embeddings.token_adapter
    delta = layer.trainable_tokens_delta["default"]
    assert delta.shape == (3, 32) and not torch.allclose(delta, layer.trainable_tokens_original["default"])
    assert table is None or torch.equal(layer.base_layer.weight, table)
    folder = RunFolder(tmp_path)
    save_adapter(model, encoder.tokenizer, folder, base_id="anna/tiny", revision=None)
    config = folder.read_json(folder.adapter_config)
    assert settings_of(config, name)["trainable_token_indices"] == used
    assert "3 rows of the embeddings learned too" in variants_of(config, name)
    again = load_encoder(locate_base(str(base)), "AutoModelForSequenceClassification", ("a", "b", "c"), None, 9)
    assert torch.allclose(probe_logits(load_adapter(again.model, folder)), probe_logits(model), atol=1e-5)


def test_every_kin_of_lora_takes_tokens() -> None:
    kin = [name for name, method in METHODS.items() if method.is_low_rank]
    assert all(any(setting.names_tokens for setting in METHODS[name].settings) for name in kin)
