"""Merging: the weights are W + s · B A, what was trained whole stays, and the difference told is the difference made."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, PromptTuningConfig, get_peft_model
from peft.tuners.lora import LoraLayer
from torch import nn

from tiny_models import lora_plan
from tunecard.adapters import add_adapter
from tunecard.adapters.merging import difference_in_logits, merge_adapter, probe_logits, why_not_merged
from tunecard.encoders import BaseFiles, Encoder, load_encoder

TinyBase = Callable[[str], Path]
TASKS = {"SEQ_CLS": "AutoModelForSequenceClassification", "TOKEN_CLS": "AutoModelForTokenClassification"}


def load(folder: Path, task: str = "SEQ_CLS") -> Encoder:
    return load_encoder(BaseFiles("anna/tiny", folder, None, False), TASKS[task], ("a", "b", "c"), None, 0)


def adapted(folder: Path, task: str = "SEQ_CLS", bias: str = "none") -> Any:
    """A model whose adapter and head are far from nothing."""
    encoder = load(folder, task)
    plan = lora_plan(encoder.new_modules, task, alpha=12.0, dropout=0.3, bias=bias)
    model = add_adapter(encoder.model, plan, seed=1)
    torch.manual_seed(2)
    for parameter in model.parameters():
        if parameter.requires_grad:
            nn.init.normal_(parameter, std=0.2)
    return model


ROWS = torch.tensor([[5, 6, 7, 8, 9, 10], [11, 12, 13, 14, 15, 16]])


@pytest.mark.parametrize("architecture", ["bert", "roberta", "distilbert", "electra", "modernbert"])
@pytest.mark.parametrize("task", TASKS)
def test_a_merged_model_answers_as_stock_peft_does(tiny_base: TinyBase, architecture: str, task: str) -> None:
    model = adapted(tiny_base(architecture), task).eval()
    stock = copy.deepcopy(model)
    report = merge_adapter(model)
    assert report.reason is None
    assert report.merged_layers == sum(isinstance(module, LoraLayer) for module in stock.modules()) > 0
    assert not any(isinstance(module, LoraLayer) or "lora" in name for name, module in report.model.named_modules())
    with torch.inference_mode():
        torch.testing.assert_close(report.model(ROWS).logits, stock(ROWS).logits, rtol=1e-4, atol=1e-4)


def test_a_weight_is_the_base_plus_its_scaled_update(tiny_base: TinyBase) -> None:
    model = adapted(tiny_base("bert"))
    layer = model.base_model.model.bert.encoder.layer[1].attention.self.query
    a, b = layer.lora_A["default"].weight.detach().double(), layer.lora_B["default"].weight.detach().double()
    expected = layer.base_layer.weight.detach().double() + 12.0 / 4 * b @ a
    merged: Any = merge_adapter(model).model
    found = merged.bert.encoder.layer[1].attention.self.query.weight
    assert found.dtype == torch.float32
    torch.testing.assert_close(found.double(), expected, rtol=1e-6, atol=1e-6)


def test_what_was_trained_whole_is_kept(tiny_base: TinyBase) -> None:
    model = adapted(tiny_base("bert"), bias="lora_only")
    state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    merged = merge_adapter(model).model.state_dict()
    assert torch.equal(merged["classifier.weight"], state["base_model.model.classifier.modules_to_save.default.weight"])
    bias = "bert.encoder.layer.0.attention.self.query"
    assert torch.equal(merged[f"{bias}.bias"], state[f"base_model.model.{bias}.base_layer.bias"])
    stock = load(tiny_base("bert")).model.state_dict()
    assert merged.keys() == stock.keys()
    assert torch.equal(
        merged["bert.embeddings.word_embeddings.weight"], stock["bert.embeddings.word_embeddings.weight"]
    )


def test_the_difference_told_is_that_of_the_logits(tiny_base: TinyBase) -> None:
    model = adapted(tiny_base("bert"), "TOKEN_CLS").eval()
    before = probe_logits(copy.deepcopy(model))
    report = merge_adapter(model)
    expected = float((before - probe_logits(report.model)).abs().max())
    assert report.largest_difference == expected
    assert 0 < expected < 1e-4
    assert difference_in_logits(torch.tensor([[1.0, -2.0]]), torch.tensor([[1.5, -4.0]])) == 2.0


def test_a_lost_update_would_show_in_the_probe(tiny_base: TinyBase) -> None:
    model = adapted(tiny_base("bert"))
    before = probe_logits(model)
    torch.nn.init.zeros_(model.base_model.model.bert.encoder.layer[0].output.dense.lora_B["default"].weight)
    assert difference_in_logits(before, probe_logits(model)) > 1e-2


def test_merging_leaves_nothing_to_learn_and_no_trace_in_the_random_state(tiny_base: TinyBase) -> None:
    model = adapted(tiny_base("bert")).train()
    state = torch.get_rng_state()
    merged = merge_adapter(model).model
    assert torch.equal(torch.get_rng_state(), state)
    assert not any(parameter.requires_grad for parameter in merged.parameters())
    assert not any(module.training for module in merged.modules())


def test_a_probe_keeps_the_mode_and_leaves_padding_out(tiny_base: TinyBase) -> None:
    model = adapted(tiny_base("bert"), "TOKEN_CLS").train()
    assert probe_logits(model).shape == (13 + 9 + 5 + 2, 3)
    assert model.training
    assert torch.equal(probe_logits(model), probe_logits(model))  # without dropout


def _prompt(folder: Path) -> nn.Module:
    return get_peft_model(load(folder).model, PromptTuningConfig(task_type="SEQ_CLS", num_virtual_tokens=2))


def _varied(folder: Path) -> nn.Module:
    model = adapted(folder)
    next(module for module in model.modules() if isinstance(module, LoraLayer)).lora_variant["default"] = object()
    return model  # type: ignore[no-any-return]


def _two(folder: Path) -> nn.Module:
    model: Any = adapted(folder)
    model.add_adapter("other", LoraConfig(task_type="SEQ_CLS", target_modules=["key"]))
    return model  # type: ignore[no-any-return]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda folder: load(folder).model, "no adapter"),
        (_prompt, "in front of the text"),
        (_two, "several adapters"),
        (_varied, "variant of LoRA"),
        (lambda folder: adapted(folder).to(torch.bfloat16), "not in fp32"),
    ],
)
def test_what_is_not_a_plain_update_in_fp32_is_left_alone(
    tiny_base: TinyBase, make: Callable[[Path], nn.Module], reason: str
) -> None:
    model = make(tiny_base("bert"))
    state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    assert reason in str(why_not_merged(model))
    report = merge_adapter(model)
    assert report.model is model and report.largest_difference is None and reason in str(report.reason)
    assert all(torch.equal(state[name], tensor) for name, tensor in model.state_dict().items())
