"""IA3: which layers it scales on each architecture, what its recipe may say, and that stock PEFT loads what is saved."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from peft.tuners.ia3 import IA3Layer

from tunecard.adapters import add_adapter, load_adapter, save_adapter, trainable_state
from tunecard.adapters.merging import merge_adapter
from tunecard.adapters.methods.ia3 import IA3
from tunecard.adapters.methods.method import AdapterPlan
from tunecard.adapters.methods.recipes import check_recipe
from tunecard.adapters.methods.registry import method_of, settings_of
from tunecard.adapters.targets import count_adapted, layers_in_blocks
from tunecard.encoders import Encoder, load_encoder, locate_base
from tunecard.errors import AdapterError, RecipeError
from tunecard.evidence import RunFolder
from tunecard.evidence.adapter_file import read_header
from tunecard.stock.fresh_process import reload_with_stock
from tunecard.tasks import task_named

LABELS = ("no", "yes", "maybe")
TinyBase = Callable[[str], Path]
BERT_LIKE = ["key", "value", "layer.0.output.dense", "layer.1.output.dense"]
TARGETS = {
    "roberta": (BERT_LIKE, BERT_LIKE[2:]),
    "electra": (BERT_LIKE, BERT_LIKE[2:]),
    "distilbert": (["k_lin", "v_lin", "ffn.lin2"], ["ffn.lin2"]),
    "modernbert": (["Wqkv", "mlp.Wo"], ["mlp.Wo"]),
}
IDS = [[2, 10, 20, 30, 40, 3], [2, 11, 21, 31, 41, 3]]


def load(base: Path) -> Encoder:
    return load_encoder(locate_base(str(base)), "AutoModelForSequenceClassification", LABELS, None, 0)


def resolved(encoder: Encoder, **given: Any) -> dict[str, Any]:
    """The settings with every `auto` decided."""
    settings: dict[str, Any] = {}
    for setting in IA3.settings:
        assert setting.rule is not None
        decided = setting.rule.value(settings, layers_in_blocks(encoder.model))
        settings[setting.key] = given.get(setting.key, decided)
    return settings


def wrap(encoder: Encoder, **given: Any) -> Any:
    """A model whose factors are far from the ones they start as."""
    plan = AdapterPlan("ia3", resolved(encoder, **given), encoder.new_modules, "SEQ_CLS")
    model = add_adapter(encoder.model, plan, seed=1)
    torch.manual_seed(2)
    for tensor in trainable_state(model).values():
        tensor.data += 0.3 * torch.randn(tensor.shape)
    return model.eval()


@pytest.mark.parametrize("architecture", TARGETS)
def test_keys_values_and_the_second_layer_of_each_feed_forward(tiny_base: TinyBase, architecture: str) -> None:
    encoder = load(tiny_base(architecture))
    targets, feedforward = TARGETS[architecture]
    assert resolved(encoder) == {"target_modules": targets, "feedforward_modules": feedforward}
    model = wrap(encoder)
    layers = {name: module for name, module in model.named_modules() if isinstance(module, IA3Layer)}
    assert count_adapted(model) == len(layers) == (4 if architecture == "modernbert" else 6)
    assert {name for name, layer in layers.items() if layer.is_feedforward} == {
        name for name, layer in layers.items() if layer.in_features > layer.out_features
    }


@pytest.mark.usefixtures("warm_processes")
def test_stock_peft_gives_equal_logits_in_a_fresh_process(tiny_base: TinyBase, tmp_path: Path) -> None:
    base, folder = locate_base(str(tiny_base("bert"))), RunFolder(tmp_path)
    encoder = load(tiny_base("bert"))
    model = wrap(encoder)
    with torch.no_grad():
        logits = model(torch.tensor(IDS)).logits
    save_adapter(model, encoder.tokenizer, folder, base_id=base.id, revision=None)
    rows = [{"input_ids": ids, "attention_mask": [1] * len(ids)} for ids in IDS]
    task = task_named("text-classification")
    with reload_with_stock(folder, base, task, rows) as process:
        stock = json.loads(process.result("stock"))
    torch.testing.assert_close(torch.tensor(stock["logits"]), logits, atol=1e-5, rtol=0)
    strict = load_adapter(load(tiny_base("bert")).model, folder)
    with torch.no_grad():
        assert torch.equal(strict(torch.tensor(IDS)).logits, logits)
    merged = merge_adapter(strict)
    assert merged.merged_layers == 6 and merged.largest_difference is not None and merged.largest_difference < 1e-4
    config, tensors = json.loads(folder.adapter_config.read_text()), read_header(folder.adapter_weights)
    assert method_of(config) is IA3
    assert settings_of(config) == {"target_modules": sorted(BERT_LIKE), "feedforward_modules": BERT_LIKE[2:]}
    assert len(IA3.adapted(tensors)) == 6
    assert sum(tensors[name].size for name in tensors if IA3.is_own(name)) == sum(
        tensor.numel() for name, tensor in trainable_state(model).items() if "ia3_" in name
    )


def test_a_recipe_may_have_its_keys_and_no_others() -> None:
    recipe = check_recipe({"data": {"source": "x"}, "adapter": {"method": "ia3", "target_modules": ["key"]}})
    assert recipe.adapter.settings == {"target_modules": ["key"], "feedforward_modules": "auto"}
    with pytest.raises(RecipeError) as caught:
        check_recipe({
            "data": {"source": "x"},
            "adapter": {"method": "ia3", "rank": 8, "target_modules": [], "feedforward_module": ["key"]},
            "training": {"epochs": 0},
        })  # fmt: skip
    assert caught.value.problems == [
        "adapter.target_modules must be a list of module names, or auto. Got [].",
        "adapter.rank is not a key. Keys of adapter: method, train_head, start_from, new_tokens, layers, target_modules, feedforward_modules.",
        "adapter.feedforward_module is not a key. Did you mean 'feedforward_modules'?",
        "training.epochs must be an integer in [1, 10000], or auto. Got 0.",
    ]


def test_what_is_scaled_before_must_be_scaled_at_all(tiny_base: TinyBase) -> None:
    encoder = load(tiny_base("bert"))
    assert resolved(encoder, target_modules=["key"])["feedforward_modules"] == []
    with pytest.raises(AdapterError) as caught:
        wrap(encoder, target_modules=["key"], feedforward_modules=["output.dense", "valeu"])
    assert caught.value.problems == [
        "adapter.feedforward_modules: 'valeu' matches no linear layer of this base. It has attention.output.dense, "
        "attention.self.key, attention.self.query, attention.self.value, intermediate.dense, output.dense. "
        "Did you mean 'value'?",
        "adapter.feedforward_modules must be among adapter.target_modules. Got output.dense, valeu.",
    ]
