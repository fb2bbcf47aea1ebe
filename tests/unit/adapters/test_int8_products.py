"""Products in int8 against whole numbers by numpy, and against the exact product within what rounding may cost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

import block_reference
from tunecard.adapters.fused import hadamard
from tunecard.adapters.fused.freezing import Storage, freeze
from tunecard.adapters.fused.fused_linear import fused_linear
from tunecard.adapters.fused.hadamard import rotated
from tunecard.adapters.fused.int8_products import Int8Products, in_int8, int_product, why_no_int8_products

# Rows of a batch, inputs, outputs: one of each, odd ones, those of a block, and one that is rotated by sixteen.
SHAPES = [(1, 1, 1), (1, 7, 3), (3, 31, 29), (16, 64, 33), (17, 384, 48), (9, 80, 32)]


def turned(rows: np.ndarray) -> np.ndarray:
    return np.asarray(block_reference.turned(torch.from_numpy(rows).double()))


def rounded(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Codes (N, K) and scales (N, 1), value by value."""
    codes, scales = np.zeros(rows.shape, dtype=np.int64), np.ones((len(rows), 1), dtype=np.float32)
    for number, row in enumerate(rows.astype(np.float32)):
        top = np.float32(np.abs(row).max())
        scales[number] = top / np.float32(127) if top > 0 else 1
        codes[number] = [round(float(value / scales[number, 0])) for value in row]
    return codes, scales


def random_weight(shape: tuple[int, int, int], dtype: torch.dtype = torch.float32) -> tuple[Int8Products, Tensor]:
    generator = torch.Generator().manual_seed(sum(shape))
    whole = torch.randn(shape[2], shape[1], generator=generator)
    bias = torch.randn(shape[2], generator=generator)
    return Int8Products.of(whole, bias, dtype), whole


@pytest.mark.parametrize("shape", SHAPES)
def test_product_is_that_of_whole_numbers(shape: tuple[int, int, int]) -> None:
    weight, whole = random_weight(shape)
    x = 3 * torch.randn(shape[0], shape[1], generator=torch.Generator().manual_seed(1))
    (left, left_scales), (right, right_scales) = rounded(turned(x.numpy())), rounded(turned(whole.numpy()))
    assert np.array_equal(weight.codes.numpy(), right)
    expected = (left @ right.T) * left_scales * right_scales.T + weight.bias.numpy()  # type: ignore[union-attr]
    np.testing.assert_allclose(weight.product(x).numpy(), expected, rtol=1e-5, atol=1e-5)
    assert weight.multiplied == "int8"


@pytest.mark.parametrize("shape", SHAPES)
def test_gradient_takes_the_scales_first_and_then_the_same_codes(shape: tuple[int, int, int]) -> None:
    weight, whole = random_weight(shape)
    grad = torch.randn(shape[0], shape[2], generator=torch.Generator().manual_seed(1))
    right, right_scales = rounded(turned(whole.numpy()))
    left, left_scales = rounded(grad.numpy() * right_scales.T)
    expected = turned((left @ right) * left_scales)
    np.testing.assert_allclose(weight.input_gradient(grad).numpy(), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("width", [64, 384, 80])
def test_rotating_keeps_lengths_and_products_and_undoes_itself(width: int) -> None:
    rows = torch.randn(5, width, generator=torch.Generator().manual_seed(0))
    np.testing.assert_allclose(rotated(rows).numpy(), turned(rows.numpy()), atol=1e-5)
    torch.testing.assert_close(rotated(rotated(rows)), rows)
    torch.testing.assert_close(rotated(rows).norm(dim=1), rows.norm(dim=1))


def test_one_channel_that_is_far_larger_than_all_others_costs_little() -> None:
    """Without the rotation it would set the step that all others are rounded by, twice their size: 0.64 off."""
    generator = torch.Generator().manual_seed(0)
    x, whole = torch.randn(40, 128, generator=generator), torch.randn(96, 128, generator=generator)
    x[:, 5] = 300
    whole[:, 5] *= 0.01
    exact = x @ whole.t()
    assert _distance(Int8Products.of(whole, None, torch.float32).product(x), exact) < 0.2


@settings(max_examples=25, deadline=None)
@given(
    rows=st.integers(1, 20),
    inner=st.integers(1, 40),
    columns=st.integers(1, 20),
    scale=st.sampled_from([1e-20, 1, 1e4]),
)
def test_rounding_costs_no_more_than_half_a_step_of_each_factor(
    rows: int, inner: int, columns: int, scale: float
) -> None:
    weight, whole = random_weight((rows, inner, columns))
    weight.bias = None
    x = scale * torch.randn(rows, inner)
    x_as, w_as = (torch.from_numpy(turned(part.numpy())) for part in (x, whole))
    off_x, off_w = x_as.abs().amax(1, keepdim=True) / 254, w_as.abs().amax(1, keepdim=True) / 254
    # |x w - (x + a)(w + b)| is at most the sum of |x| b + a |w| + a b over what is summed
    bound = (x_as.abs().sum(1, keepdim=True) * off_w.t() + off_x * w_as.abs().sum(1)) + inner * off_x * off_w.t()
    distance = (weight.product(x).double() - x.double() @ whole.double().t()).abs()
    assert bool((distance <= 1.001 * bound.double()).all())


def test_the_largest_value_is_kept_and_the_others_are_rounded_to_the_nearest() -> None:
    codes, scales = in_int8(torch.tensor([[127.0, -127.0, 63.4, 63.6, 0.4], [0.0, 0.0, 0.0, 0.0, 0.0]]))
    assert codes.tolist() == [[127, -127, 63, 64, 0], [0, 0, 0, 0, 0]]
    assert scales.flatten().tolist() == [1.0, 1.0]


def test_a_row_of_zeros_gives_the_bias_and_no_gradient() -> None:
    weight, _ = random_weight((2, 8, 3))
    assert torch.equal(weight.product(torch.zeros(2, 8)), weight.bias.expand(2, 3))  # type: ignore[union-attr]
    assert torch.equal(weight.input_gradient(torch.zeros(2, 3)), torch.zeros(2, 8))


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), float("-inf")])
def test_what_is_not_finite_stays_so_in_its_own_row(wrong: float) -> None:
    weight, _ = random_weight((3, 8, 5))
    x, grad = torch.randn(3, 8), torch.randn(3, 5)
    x[1, 2] = grad[1, 2] = wrong
    for found in (weight.product(x), weight.input_gradient(grad)):
        assert not bool(found[1].isfinite().any())
        assert bool(found[[0, 2]].isfinite().all())


@pytest.mark.parametrize("shape", [(40, 128, 30), (40, 128, 32)])
def test_a_cast_of_others_changes_nothing(shape: tuple[int, int, int]) -> None:
    """Neither does who asked for the matrices first: inference keeps nothing that learning could use."""
    hadamard._hadamard.cache_clear()
    weight, _ = random_weight(shape)
    x = torch.randn(40, 128, generator=torch.Generator().manual_seed(3))
    with torch.inference_mode():
        expected = weight.product(x).clone()
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(weight.product(x), expected)
    rotated(x.requires_grad_()).sum().backward()
    assert x.grad is not None


def test_values_too_small_to_have_a_scale_become_zeros() -> None:
    weight, _ = random_weight((1, 4, 2))
    found = weight.product(torch.full((1, 4), 1e-45))
    assert torch.equal(found[0], weight.bias)  # type: ignore[arg-type]


def test_no_rows_give_no_rows() -> None:
    weight, _ = random_weight((1, 8, 5))
    assert weight.product(torch.zeros(0, 8)).shape == (0, 5)
    assert weight.input_gradient(torch.zeros(0, 5)).shape == (0, 8)


def test_layers_that_read_one_input_share_one_weight_that_is_stored_once() -> None:
    torch.manual_seed(0)
    layers = [nn.Linear(16, 8).requires_grad_(False) for _ in range(3)]
    whole = torch.cat([layer.weight.detach().clone() for layer in layers])
    weight: Any = freeze(layers, Storage(torch.bfloat16, "int8-products"))
    assert [layer.weight.data_ptr() for layer in layers] == [weight.codes[start].data_ptr() for start in (0, 8, 16)]
    assert weight.codes.dtype == torch.int8
    assert weight.bytes == 24 * 16 + 24 * 4
    torch.testing.assert_close(weight.dense(torch.float32), whole, rtol=0, atol=float(whole.abs().max()) / 50)
    part, x = weight.rows(8, 16), torch.randn(5, 16).bfloat16()
    assert torch.equal(part.product(x), weight.product(x)[:, 8:16])


def test_an_update_learns_on_top_of_it() -> None:
    """Both products in one step of autograd, in bf16: near those of the whole weight."""
    torch.manual_seed(0)
    layer = nn.Linear(64, 32).requires_grad_(False)
    whole, bias = layer.weight.detach().clone(), layer.bias.detach().clone()
    x = torch.randn(40, 64).bfloat16().requires_grad_()
    asked = torch.randn(40, 32).bfloat16()
    found = fused_linear(x, freeze([layer], Storage(torch.bfloat16, "int8-products")), [32], [])[0]
    expected = x.detach().float() @ whole.t() + bias
    assert found.dtype == torch.bfloat16
    assert _distance(found, expected) < 0.02
    (grad,) = torch.autograd.grad(found, x, asked)
    assert _distance(grad, asked.float() @ whole) < 0.02


def _distance(found: Tensor, expected: Tensor) -> float:
    return float((found.detach().float() - expected).norm() / expected.norm())


def test_sums_are_exact_at_their_largest() -> None:
    most = torch.full((1, 4096), 127, dtype=torch.int8)
    assert int_product(most, most.t()).item() == 4096 * 127**2


@pytest.mark.parametrize(
    ("vnni", "amx", "reason"),
    [(True, False, None), (False, True, None), (False, False, "this processor multiplies no int8")],
)
def test_a_processor_is_asked_for_its_instructions(
    monkeypatch: pytest.MonkeyPatch, vnni: bool, amx: bool, reason: str | None
) -> None:
    monkeypatch.setattr("torch.cpu._is_vnni_supported", lambda: vnni)
    monkeypatch.setattr("torch.cpu._is_amx_tile_supported", lambda: amx)
    why_no_int8_products.cache_clear()
    found = why_no_int8_products(torch.device("cpu"))
    why_no_int8_products.cache_clear()
    assert (found or "None").startswith(str(reason))


@pytest.mark.parametrize(("capability", "may"), [((7, 0), False), ((7, 5), True), ((9, 0), True)])
def test_a_gpu_is_asked_for_its_matrix_units(
    monkeypatch: pytest.MonkeyPatch, capability: tuple[int, int], may: bool
) -> None:
    monkeypatch.setattr("torch.cuda.get_device_capability", lambda device: capability)
    monkeypatch.setattr("torch.version.hip", None)
    why_no_int8_products.cache_clear()
    found = why_no_int8_products(torch.device("cuda:0"))
    why_no_int8_products.cache_clear()
    assert (found is None) == may


def test_sizes_that_a_gpu_does_not_take_are_filled_up_with_zeros() -> None:
    """The same as on a processor, through the sizes that cuBLAS wants."""
    from tunecard.adapters.fused import int8_products

    a, b = torch.randint(-127, 128, (3, 13), dtype=torch.int8), torch.randint(-127, 128, (13, 5), dtype=torch.int8)
    assert torch.equal(int8_products._padded_product(a, b), int_product(a, b))
