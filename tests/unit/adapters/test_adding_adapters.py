"""Which weights learn: the wrapped modules of each architecture, refused targets, and the two controls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from peft.tuners.lora import LoraLayer
from torch import nn

from tiny_models import lora_plan
from tunecard.adapters import add_adapter, trainable_state
from tunecard.adapters.methods.registry import CONTROLS, METHODS
from tunecard.adapters.targets import count_adapted
from tunecard.encoders import BaseFiles, Encoder, load_encoder
from tunecard.errors import AdapterError

BERT_LIKE = {
    f"encoder.layer.{layer}.{name}"
    for layer in (0, 1)
    for name in (
        "attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
        "intermediate.dense", "output.dense",
    )
}  # fmt: skip
DISTILBERT = {
    f"transformer.layer.{layer}.{name}"
    for layer in (0, 1)
    for name in ("attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin", "ffn.lin1", "ffn.lin2")
}
MODERNBERT = {f"layers.{layer}.{name}" for layer in (0, 1) for name in ("attn.Wqkv", "attn.Wo", "mlp.Wi", "mlp.Wo")}
ALL_LINEAR = {
    "roberta": BERT_LIKE, "xlm-roberta": BERT_LIKE, "bert": BERT_LIKE, "bert-no-pooler": BERT_LIKE,
    "electra": BERT_LIKE, "distilbert": DISTILBERT, "modernbert": MODERNBERT,
}  # fmt: skip
TinyBase = Callable[[str], Path]


def load(folder: Path, auto_class: str = "AutoModelForSequenceClassification") -> Encoder:
    return load_encoder(BaseFiles("anna/tiny", folder, None, False), auto_class, ("a", "b", "c"), None, 0)


def wrap(encoder: Encoder, targets: Sequence[str] | str = "auto", method: str = "lora", **plan: Any) -> nn.Module:
    return add_adapter(
        encoder.model, lora_plan(encoder.new_modules, "SEQ_CLS", method=method, target_modules=targets, **plan), seed=1
    )


def wrapped_names(model: nn.Module, prefix: str) -> set[str]:
    names = {name for name, module in model.named_modules() if isinstance(module, LoraLayer)}
    return {name.removeprefix(f"base_model.model.{prefix}.") for name in names}


@pytest.mark.parametrize("architecture", ALL_LINEAR)
@pytest.mark.parametrize("targets", ["auto", "all-linear"])
def test_all_linear_layers_of_the_blocks(tiny_base: TinyBase, architecture: str, targets: str) -> None:
    encoder = load(tiny_base(architecture))
    model = wrap(encoder, targets)
    assert wrapped_names(model, encoder.model.base_model_prefix) == ALL_LINEAR[architecture]
    assert count_adapted(model) == len(ALL_LINEAR[architecture])


def test_a_list_of_names(tiny_base: TinyBase) -> None:
    model = wrap(load(tiny_base("roberta")), ["query", "value"])
    expected = {f"encoder.layer.{layer}.attention.self.{name}" for layer in (0, 1) for name in ("query", "value")}
    assert wrapped_names(model, "roberta") == expected
    assert wrapped_names(wrap(load(tiny_base("roberta")), "query"), "roberta") == {n for n in expected if "query" in n}


def test_a_name_that_blocks_and_head_share_leaves_the_head_alone(tiny_base: TinyBase) -> None:
    """RoBERTa's head has a `dense` of its own; it is trained whole, so it gets no update on top."""
    model = wrap(load(tiny_base("roberta")), ["dense"])
    assert wrapped_names(model, "roberta") == {name for name in BERT_LIKE if name.endswith("dense")}


def test_only_updates_and_the_head_learn(tiny_base: TinyBase) -> None:
    model = wrap(load(tiny_base("bert-no-pooler")))
    names = set(trainable_state(model))
    assert {name for name in names if "lora_" not in name} == {
        "base_model.model.bert.pooler.modules_to_save.default.dense.weight",
        "base_model.model.bert.pooler.modules_to_save.default.dense.bias",
        "base_model.model.classifier.modules_to_save.default.weight",
        "base_model.model.classifier.modules_to_save.default.bias",
    }
    assert sum("lora_" in name for name in names) == 2 * len(BERT_LIKE)


def test_the_update_is_alpha_over_rank_times_b_times_a(tiny_base: TinyBase) -> None:
    """LoRA by hand: Hu et al. 2021, equation 3."""
    model = wrap(load(tiny_base("roberta")), ["query"], rank=4, alpha=6.0)
    layer = next(module for module in model.modules() if isinstance(module, LoraLayer))
    a, b = layer.lora_A["default"].weight, layer.lora_B["default"].weight
    base = layer.get_base_layer()
    rows = torch.randn(5, 32)
    with torch.no_grad():
        assert torch.equal(layer(rows), base(rows))  # B starts at zero
        b.normal_()
        by_hand = rows @ (base.weight + 6.0 / 4 * b @ a).T + base.bias
        torch.testing.assert_close(layer(rows), by_hand, rtol=1e-5, atol=1e-5)


def test_the_seed_decides_the_update(tiny_base: TinyBase) -> None:
    def start(seed: int) -> dict[str, torch.Tensor]:
        encoder = load(tiny_base("roberta"))
        plan = lora_plan(encoder.new_modules, "SEQ_CLS")
        return {
            name: tensor.detach() for name, tensor in trainable_state(add_adapter(encoder.model, plan, seed)).items()
        }

    first, same, other = start(1), start(1), start(2)
    assert all(torch.equal(first[name], same[name]) for name in first)
    assert any(not torch.equal(first[name], other[name]) for name in first if "lora_A" in name)


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        (
            ["qurey", "value"],
            "adapter.target_modules: 'qurey' matches no linear layer of this base. It has attention.output.dense, "
            "attention.self.key, attention.self.query, attention.self.value, intermediate.dense, output.dense. "
            "Did you mean 'query'?",
        ),
        (["out_proj"], "adapter.target_modules: 'out_proj' is part of the head, which is trained whole. Leave it out."),
        (["classifier.dense"], "adapter.target_modules: 'classifier.dense' is part of the head, which is trained whole. Leave it out."),
    ],
)  # fmt: skip
def test_targets_that_cannot_be(tiny_base: TinyBase, targets: list[str], message: str) -> None:
    with pytest.raises(AdapterError) as caught:
        wrap(load(tiny_base("roberta")), targets)
    assert str(caught.value) == message


def test_all_wrong_targets_are_told_at_once(tiny_base: TinyBase) -> None:
    with pytest.raises(AdapterError) as caught:
        wrap(load(tiny_base("roberta")), ["out_proj", "zzz", "query"])
    assert len(caught.value.problems) == 2


def test_wrapping_twice_is_refused(tiny_base: TinyBase) -> None:
    encoder = load(tiny_base("roberta"))
    model: Any = wrap(encoder)
    plan = lora_plan(encoder.new_modules, "SEQ_CLS")
    with pytest.raises(AdapterError, match="already carries an adapter"):
        add_adapter(model, plan, 0)
    with pytest.raises(AdapterError, match="already carries an adapter"):
        add_adapter(encoder.model, plan, 0)  # the base is wrapped in place: its layers carry the first adapter


def test_an_unknown_method_is_told(tiny_base: TinyBase) -> None:
    with pytest.raises(
        AdapterError, match=r"adapter.method must be one of lora, .*head, full. Got 'lara'. Did you mean 'lora'?"
    ):
        wrap(load(tiny_base("roberta")), method="lara")


@pytest.mark.parametrize(
    ("architecture", "head"),
    [
        ("bert-no-pooler", {"bert.pooler.dense.weight", "bert.pooler.dense.bias", "classifier.weight", "classifier.bias"}),
        ("bert", {"classifier.weight", "classifier.bias"}),
        ("distilbert", {"pre_classifier.weight", "pre_classifier.bias", "classifier.weight", "classifier.bias"}),
        ("roberta", {"classifier.dense.weight", "classifier.dense.bias", "classifier.out_proj.weight", "classifier.out_proj.bias"}),
    ],
)  # fmt: skip
def test_the_control_head_trains_what_is_new(tiny_base: TinyBase, architecture: str, head: set[str]) -> None:
    assert set(trainable_state(wrap(load(tiny_base(architecture)), method="head"))) == head


def test_the_control_full_trains_everything(tiny_base: TinyBase) -> None:
    model = wrap(load(tiny_base("roberta"), "AutoModelForTokenClassification"), method="full")
    assert set(trainable_state(model)) == {name for name, _ in model.named_parameters()}


def test_controls_are_no_methods() -> None:
    assert not METHODS.keys() & CONTROLS.keys()
