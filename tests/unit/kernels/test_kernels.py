"""Every kernel against torch's own operations: values, gradients, types, dropout; the references share no code with it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tunecard.kernels import (
    add_low_rank,
    attend_rows,
    differentiate_low_rank,
    factors_of,
    gelu,
    linear_with_updates,
    load_kernels,
    residual_norm,
    takes_attention,
    takes_kernels,
    takes_low_rank_rows,
    takes_residual_norm,
)

pytestmark = pytest.mark.skipif(load_kernels().library is None, reason=f"no kernels: {load_kernels().reason}")

# What one rounding to the type may move a value by, as a share of the largest.
ROUNDING = {torch.float32: 2e-6, torch.bfloat16: 1e-2}
TYPES = list(ROUNDING)


def drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def assert_close(found: Tensor, expected: Tensor, dtype: torch.dtype) -> None:
    scale = float(expected.detach().abs().max())
    assert float((found.float() - expected).detach().abs().max()) <= ROUNDING[dtype] * scale


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("shape", [(1, 16), (7, 48), (3, 5, 4096)])
def test_gelu(shape: tuple[int, ...], dtype: torch.dtype) -> None:
    x = (2 * drawn(*shape)).to(dtype).requires_grad_()
    weights = drawn(*shape, seed=1)
    known = x.detach().float().requires_grad_()
    expected = nn.functional.gelu(known)
    assert_close(gelu(x), expected, dtype)
    found = torch.autograd.grad((gelu(x) * weights).sum(), x)[0]
    assert_close(found, torch.autograd.grad((expected * weights).sum(), known)[0], dtype)


def test_gelu_far_out_and_of_what_is_no_number() -> None:
    x = torch.tensor([-1e30, -20.0, -5.0, 0.0, 5.0, 20.0, 1e30, float("nan")] * 2)
    found = gelu(x)
    assert found[:7].tolist() == pytest.approx([0, 0, -5 * 2.8665e-7, 0, 5, 20, 1e30], abs=1e-6, rel=1e-6)
    assert found[7].isnan()


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("shape", [(1, 16), (9, 48), (2, 5, 384)])
def test_residual_norm(shape: tuple[int, ...], dtype: torch.dtype) -> None:
    width = shape[-1]
    x, residual = drawn(*shape).to(dtype).requires_grad_(), (drawn(*shape, seed=1) + 3).requires_grad_()
    weight, bias, weights = drawn(width, seed=2), drawn(width, seed=3), drawn(*shape, seed=4)
    found = residual_norm(x, residual, weight, bias, epsilon=1e-5, p=0.0)
    known = [one.detach().float().requires_grad_() for one in (x, residual)]
    expected = nn.functional.layer_norm(known[0] + known[1], (width,), weight, bias, 1e-5)
    assert_close(found, expected, torch.float32)
    grads = torch.autograd.grad((found * weights).sum(), (x, residual))
    for one, wanted in zip(grads, torch.autograd.grad((expected * weights).sum(), known), strict=True):
        assert_close(one, wanted, dtype)


def test_residual_norm_drops_x_alone_and_the_same_elements_on_the_way_back() -> None:
    torch.manual_seed(0)
    p, shape = 0.3, (64, 400)
    x, residual = torch.full(shape, 5.0).requires_grad_(), drawn(*shape).requires_grad_()
    one, nothing = torch.ones(400), torch.zeros(400)
    found = residual_norm(x, residual, one, nothing, epsilon=1e-5, p=p)
    grad_x, grad_residual = torch.autograd.grad(found, (x, residual), drawn(*shape, seed=1))
    kept = grad_x != 0
    assert float(kept.float().mean()) == pytest.approx(1 - p, abs=0.01)
    assert torch.allclose(grad_x[kept], grad_residual[kept] / (1 - p), rtol=1e-4)
    expected = nn.functional.layer_norm(residual.detach() + kept * 5.0 / (1 - p), (400,), eps=1e-5)
    assert torch.allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize(("rows", "rank"), [(1, 1), (9, 5), (40, 16)])
@pytest.mark.parametrize(("inputs", "outputs"), [(16, 48), (384, 144)])
def test_low_rank_update(rows: int, rank: int, inputs: int, outputs: int, dtype: torch.dtype) -> None:
    x, a, b = drawn(rows, inputs).to(dtype), drawn(rank, inputs, seed=1), drawn(outputs, rank, seed=2)
    whole, grads = drawn(rows, 2 * outputs, seed=3).to(dtype), drawn(rows, 2 * outputs, seed=4).to(dtype)
    grad_x = drawn(rows, inputs, seed=5).to(dtype)
    before, grad_before, part = whole.clone(), grad_x.clone(), slice(outputs, 2 * outputs)
    applied = add_low_rank(x, a, b, whole[:, part], 2.0, 0.0)
    assert torch.equal(whole[:, :outputs], before[:, :outputs])
    assert_close(whole[:, part], before[:, part].float() + 2 * x.float() @ a.t() @ b.t(), dtype)
    of_a, of_b = differentiate_low_rank(x, a, b, grads[:, part], grad_x, applied)
    low = 2 * grads[:, part].float() @ b
    assert_close(of_a, low.t() @ x.float(), torch.float32)
    assert_close(of_b, 2 * grads[:, part].float().t() @ (x.float() @ a.t()), torch.float32)
    assert_close(grad_x, grad_before.float() + low @ a, dtype)


@pytest.mark.parametrize("has_bias", [True, False])
@pytest.mark.parametrize(("inputs", "outputs"), [(16, 48), (384, 144), (1536, 64)])
def test_a_layer_with_updates_of_rows_that_have_different_ones(inputs: int, outputs: int, has_bias: bool) -> None:
    x, weight = drawn(80, 2 * inputs)[:, inputs:], drawn(outputs, inputs, seed=3)
    bias = drawn(outputs, seed=4) if has_bias else None
    expected = nn.functional.linear(x, weight, bias)
    updates = [(drawn(rank, inputs, seed=rank), drawn(rank, outputs, seed=9 + rank)) for rank in (1, 4, 7, 16)]
    rows = [(0, 1), (1, 30), (31, 24), (60, 5)]
    for (first, count), (a, b_across) in zip(rows, updates, strict=True):
        expected[first : first + count] += x[first : first + count] @ a.t() @ b_across
    table = [(*place, *factors_of(*update)) for place, update in zip(rows, updates, strict=True)]
    table += [(55, 5, 0, 0, 0), (65, 15, 0, 0, 0)]  # the rows between, and those behind, have none
    assert takes_low_rank_rows(x, weight)
    assert_close(linear_with_updates(x, weight, bias, np.array(table, np.int64)), expected, torch.float32)


def test_low_rank_update_drops_the_same_elements_on_the_way_back() -> None:
    torch.manual_seed(0)
    p, rows, inputs = 0.25, 200, 384
    x, a, b = torch.ones(rows, inputs), torch.ones(1, inputs), torch.ones(16, 1)
    out, grad_x = torch.zeros(rows, 16), torch.zeros(rows, inputs)
    applied = add_low_rank(x, a, b, out, 1.0, p)
    of_a, of_b = differentiate_low_rank(x, a, b, torch.full((rows, 16), 1 / 16), grad_x, applied)
    kept = grad_x != 0
    assert float(kept.float().mean()) == pytest.approx(1 - p, abs=0.01)
    assert torch.allclose(grad_x[kept], torch.tensor(1 / (1 - p)), rtol=1e-4)
    assert torch.allclose(out[:, 0], kept.sum(1) / (1 - p), rtol=1e-4)
    assert torch.allclose(of_a[0], kept.sum(0) / (1 - p), rtol=1e-4)
    assert torch.allclose(of_b[:, 0], out.sum(0) / 16, rtol=1e-4)


LENGTHS = [40, 17, 16, 5, 1]


def by_torch(query: Tensor, key: Tensor, value: Tensor, starts: list[int], window: int, scaling: float) -> Tensor:
    """(tokens of rows, heads, width) each row alone, written out."""
    out = []
    for start, stop in pairwise(starts):
        place = torch.arange(stop - start)
        far = (place[:, None] - place).abs() >= (window or len(place))
        q, k, v = (part[start:stop].transpose(0, 1) for part in (query, key, value))
        scores = (q @ k.transpose(1, 2) * scaling).masked_fill(far, float("-inf"))
        out.append((scores.softmax(-1) @ v).transpose(0, 1))
    return torch.cat(out)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("window", [0, 1, 4])
@pytest.mark.parametrize(("heads", "width"), [(2, 16), (3, 64)])
def test_attention(heads: int, width: int, window: int, dtype: torch.dtype) -> None:
    starts = torch.tensor([0, *LENGTHS]).cumsum(0)
    real = int(starts[-1])
    whole = drawn(real + 3, 3, heads, width).to(dtype).requires_grad_()
    out = attend_rows(
        *whole.unbind(1), starts, scaling=0.3, p=0.0, window=window, real_tokens=real
    )  # slices of one fused projection
    known = whole.detach().float().requires_grad_()
    expected = by_torch(*known.unbind(1), starts.tolist(), window, 0.3)
    assert_close(out[:real], expected, dtype)
    assert not out[real:].any()
    weights = drawn(real + 3, heads, width, seed=1)
    grad = torch.autograd.grad((out * weights).sum(), whole)[0]
    assert_close(grad, torch.autograd.grad((expected * weights[:real]).sum(), known)[0], dtype)
    assert not grad[real:].any()


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("window", [0, 70])
@pytest.mark.parametrize("lengths", [[49, 48, 47], [257], [300, 2], [512, 5, 1, 20]])
def test_attention_of_rows_whose_scores_are_taken_part_by_part(
    lengths: list[int], window: int, dtype: torch.dtype
) -> None:
    starts = torch.tensor([0, *lengths]).cumsum(0)
    whole = drawn(int(starts[-1]), 3, 1, 16).to(dtype).requires_grad_()
    out = attend_rows(*whole.unbind(1), starts, scaling=0.3, p=0.0, window=window, real_tokens=int(starts[-1]))
    known = whole.detach().float().requires_grad_()
    expected = by_torch(*known.unbind(1), starts.tolist(), window, 0.3)
    assert_close(out, expected, dtype)
    weights = drawn(*out.shape, seed=1)
    grad = torch.autograd.grad((out * weights).sum(), whole)[0]
    assert_close(grad, torch.autograd.grad((expected * weights).sum(), known)[0], dtype)


def test_a_row_is_computed_to_the_same_bit_beside_others() -> None:
    starts = torch.tensor([0, 3, 303, 307])
    whole = drawn(307, 3, 2, 16)
    several = attend_rows(*whole.unbind(1), starts, scaling=0.3, p=0.0, window=0, real_tokens=307)
    alone = attend_rows(*whole[3:303].unbind(1), torch.tensor([0, 300]), scaling=0.3, p=0.0, window=0, real_tokens=300)
    assert torch.equal(several[3:303], alone)


def test_what_attention_hides_weighs_nothing_at_all() -> None:
    """Neither does a weight so small that it is subnormal: some processors take a hundred times as long for those."""
    length = 3
    value = torch.ones(length, 1, 16)
    value[1:] = 3e38
    zeros = torch.zeros(length, 1, 16)
    out = attend_rows(zeros, zeros, value, torch.tensor([0, length]), scaling=1.0, p=0.0, window=1, real_tokens=length)
    assert out[0].tolist() == [[1.0] * 16]


def test_attention_of_first_tokens_alone() -> None:
    starts = torch.tensor([0, *LENGTHS]).cumsum(0)
    query = drawn(len(LENGTHS), 2, 16).requires_grad_()
    key, value = (drawn(int(starts[-1]), 2, 16, seed=seed).requires_grad_() for seed in (1, 2))
    out = attend_rows(query, key, value, starts, scaling=0.3, p=0.0, window=0, real_tokens=int(starts[-1]))
    every = torch.zeros_like(key).index_copy(0, starts[:-1], query)
    expected = by_torch(every, key, value, starts.tolist(), 0, 0.3)[starts[:-1]]
    assert_close(out, expected, torch.float32)
    weights = drawn(*out.shape, seed=3)
    found = torch.autograd.grad((out * weights).sum(), (query, key, value))
    wanted = torch.autograd.grad((expected * weights).sum(), (query, key, value))
    for one, other in zip(found, wanted, strict=True):
        assert_close(one, other, torch.float32)


@pytest.mark.parametrize(("length", "heads"), [(64, 16), (320, 2)])
def test_dropout_of_attention_keeps_the_mean_and_differentiates_what_it_kept(length: int, heads: int) -> None:
    torch.manual_seed(0)
    p = 0.2
    starts = torch.tensor([0, length])
    query, key = torch.zeros(length, heads, length), torch.zeros(length, heads, length)  # every weight is 1 / length
    value = torch.eye(length)[:, None].repeat(1, heads, 1).requires_grad_()  # so that the output shows the weights
    out = attend_rows(query, key, value, starts, scaling=1.0, p=p, window=0, real_tokens=length)
    kept = out.detach() > 0
    assert float(kept.float().mean()) == pytest.approx(1 - p, abs=0.01)
    assert torch.allclose(out[kept], torch.tensor(1 / length / (1 - p)), rtol=1e-4)
    assert all(len(part) == len(part.unique(dim=0)) for part in (kept[:, 0], kept[:, 0].t()))  # no mask comes twice
    grad = torch.autograd.grad(out.sum(), value)[0]
    assert torch.allclose(grad[:, :, 0], kept.sum(0).t() / length / (1 - p), rtol=1e-4)


def test_seeds_decide_masks_and_threads_do_not() -> None:
    starts = torch.tensor([0, *LENGTHS]).cumsum(0)
    whole = drawn(int(starts[-1]), 3, 4, 16)

    def attended(seed: int, threads: int) -> Tensor:
        torch.manual_seed(seed)
        torch.set_num_threads(threads)
        return attend_rows(*whole.unbind(1), starts, scaling=0.3, p=0.1, window=0, real_tokens=int(starts[-1]))

    assert torch.equal(attended(1, 1), attended(1, 2))
    assert not torch.equal(attended(1, 1), attended(2, 1))


@pytest.mark.parametrize(("p", "kept"), [(0.0, 1.0), (1.0, 0.0), (1e-7, 1.0)])
def test_dropout_at_its_ends(p: float, kept: float) -> None:
    x, residual = torch.ones(4, 64), torch.zeros(4, 64)
    found = residual_norm(x, residual, torch.ones(64), torch.zeros(64), epsilon=1e-5, p=p)
    assert torch.allclose(found, torch.zeros(4, 64))
    out = torch.zeros(4, 16)
    add_low_rank(x, torch.ones(1, 64), torch.ones(16, 1), out, 1.0, p)
    assert torch.equal(out, torch.full((4, 16), 64 * kept))


def test_a_row_that_is_no_number_stays_none() -> None:
    starts = torch.tensor([0, 3, 6])
    whole = drawn(6, 3, 2, 16)
    whole[1, 0] = float("nan")
    out = attend_rows(*whole.unbind(1), starts, scaling=0.3, p=0.0, window=0, real_tokens=6)
    assert out[1].isnan().all() and not out[[0, 2, 3, 4, 5]].isnan().any()


def test_what_no_kernel_takes() -> None:
    fits = torch.zeros(4, 16)
    assert takes_kernels(fits, fits.bfloat16())
    assert not takes_kernels(torch.zeros(4, 12))
    assert not takes_kernels(fits.double()) and not takes_kernels(fits.half())
    assert not takes_kernels(torch.zeros(0, 16))
    assert not takes_kernels(torch.zeros(4, 16, device="meta"))
    rows = torch.zeros(4, 2, 16)
    assert takes_attention(rows, rows) and not takes_attention(rows, rows.bfloat16())
    assert not takes_residual_norm(fits, fits.bfloat16(), torch.zeros(16))
