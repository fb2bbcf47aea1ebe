"""Frozen weights in float8, int8 and nf4 against references written out by hand, forward and backward."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from scipy.stats import norm
from torch import Tensor, nn
from torch.nn import functional

from tunecard.adapters.fused.float8_weight import Float8Weight, has_float8_units
from tunecard.adapters.fused.freezing import Storage, freeze
from tunecard.adapters.fused.frozen_weight import held_weights
from tunecard.adapters.fused.fused_layers import fuse_layers, shrink_layers
from tunecard.adapters.fused.fused_linear import fused_linear
from tunecard.adapters.fused.small_weights import NF4, Int8Weight, Nf4Weight

KINDS: list[Any] = ["int8", "nf4", "float8"]
INPUTS, OUTPUTS = 80, 48  # the last block of nf4 is not full


@pytest.fixture
def layer() -> nn.Linear:
    torch.manual_seed(0)
    made = nn.Linear(INPUTS, OUTPUTS).requires_grad_(False)
    made.weight[3] = 0.0  # an output without weights has no scale to divide by
    made.weight[5] *= 40.0  # a scale a row keeps the others fine
    return made


def by_hand(weight: Tensor, kind: str) -> Tensor:
    """What a weight stands for, value by value."""
    found = torch.zeros_like(weight)
    for row, values in enumerate(weight):
        for start in range(0, len(values), 64 if kind == "nf4" else len(values)):
            block = values[start : start + (64 if kind == "nf4" else len(values))]
            top = float(block.abs().max())
            for place, value in enumerate(block.tolist()):
                found[row, start + place] = 0.0 if top == 0 else _nearest(value, top, kind)
    return found


def _nearest(value: float, top: float, kind: str) -> float:
    if kind == "int8":
        return round(value / top * 127) * top / 127
    if kind == "nf4":
        return min(NF4, key=lambda one: abs(one - value / top)) * top
    return float(torch.tensor(value / top * 448).to(torch.float8_e4m3fn)) * top / 448


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_weight_stands_for(layer: nn.Linear, kind: Any) -> None:
    whole = layer.weight.clone()
    weight: Any = freeze([layer], Storage(torch.float32, kind))
    torch.testing.assert_close(weight.dense(torch.float32), by_hand(whole, kind), rtol=1e-5, atol=1e-7)
    assert layer.weight.data_ptr() == weight.codes.data_ptr()  # stored once
    assert 4 * OUTPUTS * INPUTS / weight.bytes > {"int8": 3.7, "float8": 3.7, "nf4": 4.4}[kind]


@pytest.mark.parametrize("kind", ["int8", "nf4"])
def test_product_and_gradient_are_those_of_the_values_that_are_stored(layer: nn.Linear, kind: Any) -> None:
    whole, x = layer.weight.clone(), torch.randn(7, INPUTS, requires_grad=True)
    expected = functional.linear(x, by_hand(whole, kind), layer.bias)
    (grad,) = torch.autograd.grad(expected.cos().sum(), x)
    found = fused_linear(x, freeze([layer], Storage(torch.float32, kind)), [OUTPUTS], [])[0]
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(torch.autograd.grad(found.cos().sum(), x)[0], grad, rtol=1e-4, atol=1e-4)


def test_float8_rounds_tokens_too_and_lets_the_gradient_through(layer: nn.Linear) -> None:
    whole, x = layer.weight.clone(), (3 * torch.randn(7, INPUTS)).bfloat16().requires_grad_()
    values, tokens = by_hand(whole, "float8"), by_hand(x.detach().float(), "float8")
    expected = functional.linear(tokens, values, layer.bias.bfloat16().float())
    found = fused_linear(x, freeze([layer], Storage(torch.bfloat16, "float8")), [OUTPUTS], [])[0]
    assert found.dtype == torch.bfloat16
    scale = expected.detach().abs().amax(dim=1, keepdim=True)
    assert float(((found.detach().float() - expected) / scale).abs().max()) < 2 * torch.finfo(torch.bfloat16).eps
    asked = torch.randn(7, OUTPUTS).bfloat16()
    (grad,) = torch.autograd.grad(found, x, asked)
    straight = asked.float() @ values.bfloat16().float()
    torch.testing.assert_close(grad.float(), straight, rtol=2e-2, atol=2e-2)


def test_float8_is_torch_s_scaled_product() -> None:
    """What float8 units are asked for, by torch's own reference on a processor: the same but for a rounding to bf16."""
    weight, x = torch.randn(32, 64), torch.randn(5, 64).bfloat16()
    ours = Float8Weight.of(weight, None, torch.bfloat16)
    expected = ours._by_units(*_in_float8(x))
    torch.testing.assert_close(ours.product(x).float(), expected.float(), rtol=1e-2, atol=5e-2)
    assert ours.multiplied == "float8_e4m3fn, as bfloat16"


def _in_float8(x: Tensor) -> tuple[Tensor, Tensor]:
    scales = x.float().abs().amax(dim=1, keepdim=True) / 448
    return (x.float() / scales).to(torch.float8_e4m3fn), scales


@pytest.mark.parametrize(("capability", "has_units"), [((8, 9), False), ((9, 0), True), ((10, 0), True)])
def test_float8_units_are_asked_of_the_gpu(
    monkeypatch: pytest.MonkeyPatch, capability: tuple[int, int], has_units: bool
) -> None:
    monkeypatch.setattr("torch.cuda.get_device_capability", lambda device: capability)
    has_float8_units.cache_clear()
    assert has_float8_units(torch.device("cuda:0")) == has_units
    assert not has_float8_units(torch.device("cpu"))
    has_float8_units.cache_clear()


def test_the_code_book_cuts_a_normal_distribution() -> None:
    """As its authors made it: quantiles of both halves, 0 once, the largest 1."""
    offset = 0.9677083
    upper = norm.ppf(torch.linspace(offset, 0.5, 9)[:-1].numpy())
    lower = -norm.ppf(torch.linspace(offset, 0.5, 8)[:-1].numpy())
    book = torch.tensor(sorted([*upper, 0.0, *lower]))
    torch.testing.assert_close(torch.tensor(NF4), (book / book.max()).float(), rtol=1e-5, atol=1e-6)


def test_bitsandbytes_reads_the_same_bytes() -> None:
    bits = pytest.importorskip("bitsandbytes.functional")
    weight = torch.randn(16, 128)
    ours = Nf4Weight.of(weight, None, torch.float32)
    codes, state = bits.quantize_nf4(weight, blocksize=64)
    assert torch.equal(ours.codes.flatten(), codes.flatten())
    torch.testing.assert_close(ours.dense(torch.float32), bits.dequantize_nf4(codes, state))


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.ModuleList([nn.ModuleDict({name: nn.Linear(64, 64) for name in ("query", "key", "value")})])
        self.requires_grad_(False)


@pytest.mark.parametrize("kind", KINDS)
def test_layers_of_a_block_hold_one_weight_and_answer_alike(kind: Any) -> None:
    together, apart, x = Block(), Block(), torch.randn(1, 6, 64)
    apart.load_state_dict(together.state_dict())
    fuse_layers(together, torch.float32, kind)
    shrink_layers(apart, Storage(torch.float32, kind))
    assert (len(held_weights(together)), len(held_weights(apart))) == (1, 3)
    for one, other in zip(together.layer[0].values(), apart.layer[0].values(), strict=True):
        torch.testing.assert_close(one(x), other(x), rtol=1e-5, atol=1e-5)
    assert {weight.multiplied.split(" from ")[-1] for weight in held_weights(apart)} == {
        "float8_e4m3fn, as float32" if kind == "float8" else kind
    }


def test_who_reads_a_weight_itself_gets_its_values() -> None:
    """DoRA computes norms of what lies under it: it is rounded, and stays a weight."""
    from peft import LoraConfig, get_peft_model

    model: Any = get_peft_model(Block(), LoraConfig(target_modules=["query"], use_dora=True))  # type: ignore[arg-type]
    model.requires_grad_(False)  # as where it predicts: what the update is made of is no weight of the base
    base = model.base_model.model.layer[0]["query"].base_layer
    whole = copy.deepcopy(base.weight.data)
    shrink_layers(model, Storage(torch.float32, "int8"))
    assert base.weight.dtype == torch.float32
    torch.testing.assert_close(base.weight.data, Int8Weight.of(whole, None, torch.float32).dense(torch.float32))
    assert len(held_weights(model)) == 2
