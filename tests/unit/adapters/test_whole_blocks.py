"""Whole blocks in models: the same as their parts one by one, and out of the way of whoever asks for more."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from torch import Tensor
from transformers import BertConfig, BertForSequenceClassification, RobertaConfig, RobertaForTokenClassification
from transformers.models.bert.modeling_bert import BertLayer

from tunecard.adapters import fuse_layers, unfuse_layers
from tunecard.adapters.fused import fused_layers, products, whole_blocks
from tunecard.adapters.fused.frozen_weight import held_weights
from tunecard.adapters.fused.whole_blocks import remove_whole_blocks
from tunecard.encoders import enable_packing, forward_packed
from tunecard.encoders.packed_batch import PackedBatch, pack

pytestmark = pytest.mark.skipif(
    not products.multiplies_itself(torch.float32), reason="products of fp32 are torch's on this processor"
)
SETTINGS = {
    "hidden_size": 64, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 96, "vocab_size": 100,
    "num_labels": 5, "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0, "pad_token_id": 1,
}  # fmt: skip
LAYERS = 3


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows with every block that is computed whole."""
    seen: list[int] = []
    whole = whole_blocks.run_block

    def counting(*arguments: Any) -> Tensor:
        seen.append(1)
        return whole(*arguments)

    monkeypatch.setattr(whole_blocks, "run_block", counting)
    return seen


def plain(*, reads_tokens: bool = False) -> Any:
    torch.manual_seed(0)
    if reads_tokens:
        return RobertaForTokenClassification(RobertaConfig(**SETTINGS)).eval()
    return BertForSequenceClassification(BertConfig(**SETTINGS)).eval()


def with_lora(model: Any, targets: tuple[str, ...] = ("query", "value")) -> Any:
    config = LoraConfig(r=4, target_modules=list(targets), init_lora_weights=False, modules_to_save=["classifier"])
    return get_peft_model(model, config).eval()


def drawn_batch() -> PackedBatch:
    generator = torch.Generator().manual_seed(1)
    rows = [torch.randint(3, 100, (length,), generator=generator).tolist() for length in (7, 30, 12, 3, 17)]
    return pack(rows, range(len(rows)))


def answer(model: Any) -> tuple[Tensor, dict[str, Tensor]]:
    batch = drawn_batch()
    model.zero_grad()
    out = forward_packed(model, batch)[: batch.real_tokens]
    learned = {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
    weights = torch.linspace(-1, 1, out.numel()).view(out.shape)
    found = torch.autograd.grad((out * weights).sum(), list(learned.values()), allow_unused=True)
    return out.detach(), {
        name: grad for name, grad in zip(learned, found, strict=True) if grad is not None
    }  # fmt: skip


def assert_same(model: Any, expected: tuple[Tensor, dict[str, Tensor]], share: float = 1e-5) -> None:
    out, gradients = answer(model)
    assert float((out - expected[0]).abs().max()) <= share * float(expected[0].abs().max())
    assert gradients.keys() == expected[1].keys()
    for name, known in expected[1].items():
        assert float((gradients[name] - known).abs().max()) <= share * float(known.abs().max()) + 1e-9, name


@pytest.mark.parametrize("targets", [("query", "value"), ("query", "key", "value", "dense")])
@pytest.mark.parametrize("reads_tokens", [False, True])
def test_a_model_is_as_stock_has_it(calls: list[int], targets: tuple[str, ...], *, reads_tokens: bool) -> None:
    model = with_lora(plain(reads_tokens=reads_tokens), targets)
    enable_packing(model)
    expected = answer(model)
    fuse_layers(model)
    assert_same(model, expected)
    assert len(calls) == LAYERS
    unfuse_layers(model)
    assert_same(model, expected)
    assert len(calls) == LAYERS


def test_a_long_row_is_computed_whole_beside_short_ones(calls: list[int]) -> None:
    model = with_lora(plain())
    enable_packing(model)
    batch = pack([[5] * 9, list(range(3, 100)) * 4, [7, 8]], range(3))
    with torch.no_grad():
        expected = forward_packed(model, batch)
        fuse_layers(model)
        found = forward_packed(model, batch)
    assert torch.allclose(found, expected, atol=1e-5)
    assert len(calls) == LAYERS


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_in_int8_a_block_rounds_as_its_parts_do(calls: list[int], dtype: torch.dtype) -> None:
    if not products.multiplies_itself(torch.int8):
        pytest.skip("products of int8 are torch's on this processor")
    model = with_lora(plain())
    enable_packing(model)
    fuse_layers(model, dtype, "int8-products")
    found = answer(model)
    assert len(calls) == LAYERS
    remove_whole_blocks(model)
    # A value between two codes may fall to either side: a code is a 127th of a row's largest value.
    assert_same(model, found, 5e-3 if dtype == torch.float32 else 5e-2)
    assert len(calls) == LAYERS


def test_weights_that_are_stored_anew_are_let_go_one_by_one(calls: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a base in bf16 and its codes in int8 would be there together."""
    model = with_lora(plain())
    enable_packing(model)
    fuse_layers(model, torch.bfloat16)
    answer(model)
    assert len(calls) == LAYERS
    earlier: list[Any] = [weakref.ref(weight) for weight in held_weights(model)]
    held = len(earlier)
    wholes: list[Any] = [layer.forward.__self__ for layer in model.modules() if isinstance(layer, BertLayer)]
    earlier += [weakref.ref(frozen) for whole in wholes for made in whole._made.values() if made for frozen in made]
    del wholes
    left: list[int] = []
    freeze = fused_layers.freeze

    def counting(*arguments: Any) -> Any:
        left.append(sum(one() is not None for one in earlier))
        return freeze(*arguments)

    monkeypatch.setattr(fused_layers, "freeze", counting)
    gc.disable()
    try:
        fuse_layers(model, torch.bfloat16, "int8-products")
    finally:
        gc.enable()
    assert left == list(range(held, 0, -1))


def fused(calls: list[int]) -> tuple[Any, tuple[Tensor, dict[str, Tensor]]]:
    model = with_lora(plain())
    enable_packing(model)
    expected = answer(model)
    fuse_layers(model)
    answer(model)
    calls.clear()
    return model, expected


def test_weights_that_no_longer_lie_together_are_multiplied_one_by_one(calls: list[int]) -> None:
    model, expected = fused(calls)
    model.merge_adapter(safe_merge=True)
    model.unmerge_adapter()
    assert_same(model, expected, 1e-4)
    moved = {name: weight.clone() for name, weight in model.state_dict().items()}
    model.load_state_dict(moved, assign=True)
    assert_same(model, expected, 1e-4)


def test_an_adapter_around_fused_layers_is_heard(calls: list[int]) -> None:
    model = plain().requires_grad_(False)
    enable_packing(model)
    fuse_layers(model)
    wrapped = with_lora(model)
    out = forward_packed(wrapped, drawn_batch())
    with wrapped.disable_adapter():
        bare = forward_packed(wrapped, drawn_batch())
    assert float((out - bare).abs().max()) > 1e-3


def test_who_looks_on_sees_every_part(calls: list[int]) -> None:
    model, expected = fused(calls)
    layer = model.get_base_model().bert.encoder.layer[1]
    seen: list[int] = []
    hooks = [
        part.register_forward_hook(lambda module, inputs, output: seen.append(1))
        for part in (layer.attention, layer.output, layer.attention.self.value)
    ]
    assert_same(model, expected)
    assert (len(seen), len(calls)) == (3, LAYERS - 1)
    for hook in hooks:
        hook.remove()
    assert_same(model, expected)
    assert len(calls) == 2 * LAYERS - 1


def test_what_transformers_leaves_behind_is_nobody_looking_on(calls: list[int]) -> None:
    model, expected = fused(calls)
    with torch.no_grad():
        model(torch.tensor([[3, 4, 5]]), output_hidden_states=True)
    assert any(part._forward_hooks for part in model.modules())
    calls.clear()
    assert_same(model, expected)
    assert len(calls) == LAYERS


def test_norms_that_learn_or_are_shorter_are_left_to_torch(calls: list[int]) -> None:
    model, _ = fused(calls)
    norm = model.get_base_model().bert.encoder.layer[0].output.LayerNorm
    norm.weight.requires_grad_(True)
    _, gradients = answer(model)
    assert any(name.endswith("layer.0.output.LayerNorm.weight") for name in gradients)
    assert len(calls) == LAYERS - 1


def test_without_gradients_nothing_is_kept(calls: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    model, expected = fused(calls)
    monkeypatch.setattr("tunecard.kernels.block.Lent", lambda size: pytest.fail("memory is kept for no backward pass"))
    with torch.no_grad():
        out = forward_packed(model, drawn_batch())
    assert len(calls) == LAYERS
    assert float((out - expected[0]).abs().max()) < 1e-5
