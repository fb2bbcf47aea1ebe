"""Fused layers against stock PEFT's: outputs, gradients, switches, and the type that frozen weights are stored in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from torch import Tensor, nn

from tunecard.adapters import fuse_layers, unfuse_layers
from tunecard.adapters.fused import products
from tunecard.kernels import library

WIDTH = 16


class Block(nn.Module):
    """A block with the names that transformers uses, no attention: query, key and value read one input."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(WIDTH, WIDTH) for _ in range(3))
        self.dense = nn.Linear(WIDTH, 24, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        mixed: Tensor = self.dense(torch.tanh(self.query(x)) * self.key(x) + self.value(x))
        return mixed


class Model(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.ModuleList([Block()])

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.layer[0](x)
        return out


def wrapped(targets: list[str], *, dropout: float = 0.0, **config: Any) -> Any:
    torch.manual_seed(0)
    settings = LoraConfig(r=3, lora_alpha=6, lora_dropout=dropout, target_modules=targets, **config)
    model = get_peft_model(Model(), settings)  # type: ignore[arg-type]
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            nn.init.normal_(parameter)
    return model


def answer(model: Any, x: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    model.zero_grad()
    x = x.clone().requires_grad_()
    out = model(x)
    (out.float() * torch.linspace(-1, 1, out.numel()).view(out.shape)).sum().backward()
    gradients = {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}
    return out.detach(), {**gradients, "input": x.grad}  # type: ignore[dict-item]


@pytest.fixture(params=["own", "oneDNN", "torch", "no kernels"], autouse=True)
def routines(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "oneDNN" and not products.multiplies_by_onednn():
        pytest.skip("this processor has no fast fp32 product of oneDNN")
    if request.param == "own" and not products.multiplies_itself(torch.float32):
        pytest.skip("products of fp32 are torch's on this processor")
    if request.param in {"oneDNN", "torch"}:
        monkeypatch.setattr(products, "multiplies_itself", lambda dtype: False)
    monkeypatch.setattr(products, "has_fast_fp32", lambda: request.param == "oneDNN")
    if request.param == "no kernels":
        monkeypatch.setattr(library, "load_kernels", lambda: library.Kernels(None, "left out by the test"))


def test_intels_own_processors_keep_mkl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    cpuinfo = tmp_path / "cpuinfo"
    for maker, is_intel in (("GenuineIntel", True), ("AuthenticAMD", False)):
        cpuinfo.write_text(f"processor : 0\nvendor_id\t: {maker}\nflags : fpu\n")
        assert products.is_made_by_intel(cpuinfo) == is_intel
    assert not products.is_made_by_intel(tmp_path / "nothing")
    cpuinfo.write_text("vendor_id : GenuineIntel\n")
    monkeypatch.setattr(products, "CPUINFO", cpuinfo)
    assert not products.has_fast_fp32.__wrapped__()


@pytest.mark.parametrize("targets", [["query"], ["query", "value"], ["query", "key", "value", "dense"], ["dense"]])
@pytest.mark.parametrize("shape", [(1, 7), (1, 1), (2, 5)])
def test_fused_is_peft(targets: list[str], shape: tuple[int, int]) -> None:
    model = wrapped(targets)
    x = torch.randn(*shape, WIDTH, generator=torch.Generator().manual_seed(1))
    expected, gradients = answer(model, x)
    assert fuse_layers(model) == 4
    found, fused_gradients = answer(model, x)
    assert torch.allclose(found, expected, atol=1e-5)
    assert fused_gradients.keys() == gradients.keys()
    for name, gradient in gradients.items():
        assert torch.allclose(fused_gradients[name], gradient, rtol=1e-5, atol=1e-5 * float(gradient.abs().max())), name


def test_an_unused_projection_gets_no_gradient() -> None:
    model = wrapped(["query", "key"])
    fuse_layers(model)
    x = torch.randn(1, 4, WIDTH, requires_grad=True)
    block = model.base_model.model.layer[0]
    query, _, value = block.query(x), block.key(x), block.value(x)
    query.sum().backward()
    assert value.shape == (1, 4, WIDTH)
    assert float(block.key.lora_A["default"].weight.grad.abs().sum()) == 0
    assert float(block.query.lora_A["default"].weight.grad.abs().sum()) > 0


def test_dropout_falls_on_what_the_update_reads_and_in_training_only() -> None:
    model = wrapped(["dense"], dropout=0.5)
    fuse_layers(model)
    dense = model.base_model.model.layer[0].dense
    x = torch.ones(1, 4000, WIDTH)
    update = (dense(x) - dense.base_layer(x)).detach()
    model.eval()
    whole = (dense(x) - dense.base_layer(x)).detach()
    assert torch.allclose(whole[0, 0], whole[0, 1], atol=1e-6)
    model.train()
    assert torch.allclose(update.mean(1), whole.mean(1), atol=0.15)  # scaled by 1 / (1 - p): the mean stays
    assert float(update.std(dim=1).max()) > 0.1


def test_switched_off_or_merged_adapters_are_peft_s_own_business() -> None:
    model = wrapped(["query", "dense"]).eval()
    x = torch.randn(1, 6, WIDTH)
    with torch.inference_mode():
        stock = model(x)
        with model.disable_adapter():
            without = model(x)
        fuse_layers(model)
        with model.disable_adapter():
            assert torch.allclose(model(x), without, atol=1e-5)
        assert torch.allclose(model(x), stock, atol=1e-5)
        model.merge_adapter()
        assert torch.allclose(model(x), stock, atol=1e-4)


def test_what_is_no_known_kind_keeps_its_own_forward() -> None:
    model = wrapped(["query"], lora_bias=True).eval()  # B has a bias of its own
    x = torch.randn(1, 6, WIDTH)
    with torch.inference_mode():
        expected = model(x)
        assert fuse_layers(model) == 4  # key, value, dense, and the frozen layer under the update
        assert "forward" not in model.base_model.model.layer[0].query.__dict__
        assert torch.allclose(model(x), expected, atol=1e-5)


def test_frozen_weights_are_stored_once_in_bf16_and_learned_ones_stay_fp32() -> None:
    model = wrapped(["query", "value"])
    x = torch.randn(1, 64, WIDTH)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        regime, regime_gradients = answer(model, x)
    exact, exact_gradients = answer(model, x)
    fuse_layers(model, torch.bfloat16)
    found, gradients = answer(model, x)
    assert found.dtype == torch.bfloat16
    block = model.base_model.model.layer[0]
    assert block.query.base_layer.weight.dtype == block.key.weight.dtype == torch.bfloat16
    assert block.query.lora_A["default"].weight.dtype == torch.float32
    storages = {
        block.query.base_layer.weight.untyped_storage().data_ptr(),
        block.key.weight.untyped_storage().data_ptr(),
    }
    assert len(storages) == 1
    # As far from fp32 as stock's bf16 regime is, and no farther.
    error, stock_error = (found.float() - exact).abs().max(), (regime.float() - exact).abs().max()
    assert 0 < float(error) < 2 * float(stock_error)
    for name, gradient in exact_gradients.items():
        error = (gradients[name] - gradient).abs().max()
        assert float(error) < 2 * float((regime_gradients[name] - gradient).abs().max()) + 1e-6, name


def test_unfusing_gives_stock_back() -> None:
    model = wrapped(["query", "value"])
    x = torch.randn(1, 6, WIDTH)
    expected, _ = answer(model, x)
    fuse_layers(model)
    unfuse_layers(model)
    assert not any("forward" in module.__dict__ for module in model.modules())
    assert torch.equal(answer(model, x)[0], expected)


def test_layers_that_learn_whole_are_left_alone() -> None:
    model = Model()
    assert fuse_layers(model) == 0
