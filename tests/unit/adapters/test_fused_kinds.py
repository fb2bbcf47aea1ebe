"""Layers of LoRA's kin and IA3 on the fast path: as stock PEFT computes them, logits and gradients, with dropout too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import AdaLoraConfig, IA3Config, LoraConfig, PeftConfig
from peft.tuners.lora.dora import DoraLinearLayer
from peft.tuners.tuners_utils import BaseTunerLayer
from torch import nn

from tunecard.adapters.fused.fused_layers import fuse_layers, sibling_groups
from tunecard.adapters.fused.kinds import row_lengths
from tunecard.adapters.wrapping import wrap_model
from tunecard.encoders import load_encoder, locate_base
from tunecard.encoders.keep_mask import install_cheap_dropout
from tunecard.inference.parity import compare_in_fp32

TinyBase = Callable[[str], Path]
TARGETS = ["query", "key", "value", "attention.output.dense", "intermediate.dense", "output.dense"]
SECOND = ["layer.0.output.dense", "layer.1.output.dense"]
LORA: dict[str, Any] = {"r": 4, "target_modules": TARGETS, "task_type": "SEQ_CLS"}
KINDS: dict[str, Callable[[], PeftConfig]] = {
    "lora": lambda: LoraConfig(**LORA),
    "dora": lambda: LoraConfig(**LORA, use_dora=True),
    "mica": lambda: LoraConfig(**LORA, init_lora_weights="mica"),
    "kasa": lambda: LoraConfig(**LORA, kasa_config={"beta": 1e-4, "gamma": 1e-3}),  # type: ignore[arg-type]
    "adalora": lambda: AdaLoraConfig(init_r=4, target_r=2, total_step=10, target_modules=TARGETS, task_type="SEQ_CLS"),
    "ia3": lambda: IA3Config(
        target_modules=["query", "key", "value", *SECOND], feedforward_modules=SECOND, task_type="SEQ_CLS"
    ),
}


def wrapped(base: Path, config: PeftConfig) -> Any:
    """A model whose adapter is far from where it started."""
    encoder = load_encoder(locate_base(str(base)), "AutoModelForSequenceClassification", ("a", "b", "c"), None, 0)
    torch.manual_seed(0)
    model = wrap_model(encoder.model, config)
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.data += 0.1 * torch.randn(parameter.shape)
    return model.eval()


@pytest.mark.parametrize("kind", KINDS)
def test_the_fast_path_is_stock_peft_padded(tiny_base: TinyBase, kind: str) -> None:
    model = wrapped(tiny_base("bert"), KINDS[kind]())
    assert compare_in_fp32(model) < 1e-5
    carriers = [module for module in model.modules() if isinstance(module, BaseTunerLayer)]
    assert len(carriers) == (8 if kind == "ia3" else 12)
    assert all("forward" in module.__dict__ for module in carriers)
    assert all("forward" not in base.__dict__ for base in (module.base_layer for module in carriers))
    assert [names for _, names in sibling_groups(model)] == [("query", "key", "value"), ("key", "value")]


@pytest.mark.parametrize("dropout", [0.0, 0.4])
def test_dora_learns_as_in_peft_with_the_same_dropout(tiny_base: TinyBase, dropout: float) -> None:
    """One draw of masks for both: outputs and gradients of one layer."""
    model = wrapped(tiny_base("bert"), LoraConfig(**LORA, use_dora=True, lora_dropout=dropout))
    layer: Any = model.get_submodule("base_model.model.bert.encoder.layer.0.attention.output.dense")
    install_cheap_dropout(model)  # both draw as it does
    x, told = torch.randn(5, 7, 32), []
    for fuse in (False, True):
        if fuse:
            fuse_layers(model)
        model.train()
        torch.manual_seed(1)
        inputs = x.clone().requires_grad_()
        out = layer(inputs)
        weights = torch.linspace(-1, 1, out.numel()).view(out.shape)
        learned = [p for p in layer.parameters() if p.requires_grad]
        told.append([out.detach(), *torch.autograd.grad((out * weights).sum(), [inputs, *learned])])
    assert all(torch.allclose(ours, stock, atol=2e-5) for stock, ours in zip(*told, strict=True))
    assert len(told[0]) == 5  # out; input; A, B and the lengths


def test_lengths_of_rows_are_pefts() -> None:
    weight, a, b = torch.randn(9, 6), torch.randn(2, 6), torch.randn(9, 2)
    theirs = DoraLinearLayer(fan_in_fan_out=False).get_weight_norm(weight, b @ a, scaling=1.5)
    assert torch.allclose(row_lengths(weight, a, b, 1.5), theirs, atol=1e-5)


def test_a_layer_that_is_switched_off_or_merged_is_pefts(tiny_base: TinyBase) -> None:
    model = wrapped(tiny_base("bert"), LoraConfig(**LORA, use_dora=True))
    ids = torch.tensor([[2, 10, 20, 30, 3]])
    with torch.no_grad():
        before = model(input_ids=ids).logits
        fuse_layers(model)
        assert torch.allclose(model(input_ids=ids).logits, before, atol=1e-5)
        with model.disable_adapter():
            assert not torch.allclose(model(input_ids=ids).logits, before, atol=1e-3)
        model.merge_adapter()
        assert torch.allclose(model(input_ids=ids).logits, before, atol=1e-5)


def test_a_layer_without_a_rank_left_adds_nothing(tiny_base: TinyBase) -> None:
    model = wrapped(tiny_base("bert"), KINDS["adalora"]())
    name = "bert.encoder.layer.0.attention.self.query.lora_E"
    model.base_model.resize_modules_by_rank_pattern({name: [False] * 4}, "default")
    layer: Any = model.get_submodule("base_model.model.bert.encoder.layer.0.attention.self.query")
    assert compare_in_fp32(model) < 1e-5
    assert isinstance(layer, nn.Module) and layer.r["default"] == 0
