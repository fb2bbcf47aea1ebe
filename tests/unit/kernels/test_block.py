"""Whole blocks against torch's own operations; in int8 within what eight bits allow."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from block_reference import drawn_block, learned_of, torch_block, turned
from tunecard.kernels import load_kernels
from tunecard.kernels.block import Block, FrozenLayer, Rows, run_block

pytestmark = pytest.mark.skipif(load_kernels().library is None, reason=f"no kernels: {load_kernels().reason}")

LENGTHS = [9, 1, 20, 6]
FILL = 4  # tokens behind the rows
UPDATED = [(), (0, 2), (0, 1, 2, 3, 4, 5)]
SHAPES = [(64, 128, 4), (32, 80, 2), (96, 16, 1)]  # width, inner, heads


def rows_of(*, asks_first: bool) -> Rows:
    return Rows(torch.tensor([0, *torch.tensor(LENGTHS).cumsum(0).tolist()]), asks_first)


def drawn_x(width: int, seed: int = 5) -> Tensor:
    x = torch.randn(sum(LENGTHS) + FILL, width, generator=torch.Generator().manual_seed(seed))
    return x.requires_grad_()


def gradients(out: Tensor, block: Block, x: Tensor) -> list[Tensor]:
    """Of a weighted sum over the tokens of rows, for x and what learns."""
    real = out[: sum(LENGTHS)]
    weights = torch.randn(real.shape, generator=torch.Generator().manual_seed(8))
    return list(torch.autograd.grad((real * weights).sum(), [x, *learned_of(block)]))


def assert_close(found: Tensor, expected: Tensor, share: float) -> None:
    assert found.shape == expected.shape
    assert float((found - expected).abs().max()) <= share * float(expected.abs().max())


def in_type(block: Block, dtype: torch.dtype) -> Block:
    """Frozen weights rounded to a type; query, key and value stay one matrix."""
    joint = torch.cat([layer.weight for layer in block.layers[:3]]).to(dtype)
    weights = [*joint.chunk(3), *(layer.weight.to(dtype) for layer in block.layers[3:])]
    layers = [FrozenLayer(weight, None, layer.bias) for weight, layer in zip(weights, block.layers, strict=True)]
    return replace(block, layers=layers, dtype=dtype)


def in_codes(block: Block, dtype: torch.dtype) -> Block:
    """Frozen weights, their rows rotated, as whole numbers with a scale for each output."""
    joint = torch.cat([layer.weight for layer in block.layers[:3]])
    whole = [turned(weight) for weight in (joint, *(layer.weight for layer in block.layers[3:]))]
    scales = [weight.abs().amax(1) / 127 for weight in whole]
    codes = [(weight / scale[:, None]).round().to(torch.int8) for weight, scale in zip(whole, scales, strict=True)]
    parts = [*zip(codes[0].chunk(3), scales[0].chunk(3), strict=True), *zip(codes[1:], scales[1:], strict=True)]
    layers = [FrozenLayer(code, scale, layer.bias) for (code, scale), layer in zip(parts, block.layers, strict=True)]
    return replace(block, layers=layers, dtype=dtype)


@pytest.mark.parametrize("asks_first", [False, True])
@pytest.mark.parametrize("updated", UPDATED)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_block_is_that_of_torch(shape: tuple[int, int, int], updated: tuple[int, ...], asks_first: bool) -> None:
    block, x = drawn_block(*shape, updated), drawn_x(shape[0])
    found = run_block(x, block, rows_of(asks_first=asks_first))
    expected = torch_block(x, block, LENGTHS, asks_first=asks_first)
    count = sum(LENGTHS)
    assert_close(found.detach()[:count], expected.detach()[:count], 1e-5)
    for one, other in zip(gradients(found, block, x), gradients(expected, block, x), strict=True):
        assert_close(one, other, 1e-5)
    with torch.no_grad():
        assert torch.equal(run_block(x, block, rows_of(asks_first=asks_first))[:count], found[:count])


@pytest.mark.parametrize("asks_first", [False, True])
def test_a_block_takes_a_long_row_beside_short_ones(asks_first: bool) -> None:
    lengths = [3, 300, 13]
    block = drawn_block(32, 80, 2, (0, 2))
    x = torch.randn(sum(lengths), 32, generator=torch.Generator().manual_seed(5)).requires_grad_()
    found = run_block(x, block, Rows(torch.tensor([0, 3, 303, 316]), asks_first))
    expected = torch_block(x, block, lengths, asks_first=asks_first)
    assert_close(found.detach(), expected.detach(), 1e-5)
    weights = torch.randn(found.shape, generator=torch.Generator().manual_seed(8))
    learned = [x, *learned_of(block)]
    wanted = torch.autograd.grad((expected * weights).sum(), learned)
    for one, other in zip(torch.autograd.grad((found * weights).sum(), learned), wanted, strict=True):
        assert_close(one, other, 1e-5)


@pytest.mark.parametrize("asks_first", [False, True])
def test_in_bf16_it_is_off_by_roundings(asks_first: bool) -> None:
    block, x = in_type(drawn_block(64, 128, 4, (0, 1, 2, 3, 4, 5)), torch.bfloat16), drawn_x(64)
    exact = replace(
        block, layers=[FrozenLayer(layer.weight.float(), None, layer.bias) for layer in block.layers],
        dtype=torch.float32,
    )  # fmt: skip
    found = run_block(x, block, rows_of(asks_first=asks_first))
    expected = torch_block(x, exact, LENGTHS, asks_first=asks_first)
    count = sum(LENGTHS)
    assert_close(found.detach()[:count], expected.detach()[:count], 0.02)
    for one, other in zip(gradients(found, block, x), gradients(expected, exact, x), strict=True):
        assert_close(one, other, 0.05)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("asks_first", [False, True])
def test_in_int8_it_is_near_and_no_nearer_than_eight_bits_allow(asks_first: bool, dtype: torch.dtype) -> None:
    exact = drawn_block(64, 128, 4, (0, 1, 2, 3, 4, 5))
    block, x = in_codes(exact, dtype), drawn_x(64)
    found = run_block(x, block, rows_of(asks_first=asks_first))
    expected = torch_block(x, exact, LENGTHS, asks_first=asks_first)
    count = sum(LENGTHS)
    assert_close(found.detach()[:count], expected.detach()[:count], 0.05)
    assert float((found - expected).abs().max()) > 1e-4  # else nothing was rounded
    for one, other in zip(gradients(found, block, x), gradients(expected, exact, x), strict=True):
        assert_close(one, other, 0.1)


@pytest.mark.parametrize("asks_first", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_in_int8_it_is_what_the_same_codes_give(shape: tuple[int, int, int], asks_first: bool) -> None:
    block, x = in_codes(drawn_block(*shape, (0, 1, 2, 3, 4, 5)), torch.float32), drawn_x(shape[0])
    found = run_block(x, block, rows_of(asks_first=asks_first))
    expected = torch_block(x, block, LENGTHS, asks_first=asks_first)
    count = sum(LENGTHS)
    assert_close(found.detach()[:count], expected.detach()[:count], 1e-5)
    grads, others = gradients(found, block, x), gradients(expected, block, x)
    assert_close(grads[0], others[0], 0.01)  # gradients of query, key and value are rounded as one row
    for one, other in zip(grads[1:], others[1:], strict=True):
        assert_close(one, other, 1e-5)


def test_what_is_no_number_stays_none_in_int8() -> None:
    block, x = in_codes(drawn_block(64, 128, 4, ()), torch.float32), drawn_x(64).detach()
    x[12, 3] = float("inf")
    found = run_block(x, block, rows_of(asks_first=False))
    assert found[10:30].isnan().any(1).all()  # the row of token 12
    assert found[:10].isfinite().all()
    assert found[30:36].isfinite().all()


def test_dropout_keeps_its_share_and_the_gradient_is_that_of_the_same_masks() -> None:
    block, x = drawn_block(64, 128, 4, (0, 2), dropout=0.3), drawn_x(64)
    rows = rows_of(asks_first=False)
    torch.manual_seed(4)
    out = run_block(x, block, rows)
    grads = gradients(out, block, x)
    # A small step along the gradient, with the same masks, changes the sum by as much as the gradient says.
    step = 1e-3 / float(sum((grad**2).sum() for grad in grads) ** 0.5)

    def moved(sign: int) -> float:
        updates = [
            None if update is None else replace(update, a=update.a + sign * step * grad_a, b=update.b + sign * step * grad_b)
            for update, grad_a, grad_b in zip(block.updates, (grads[1], None, grads[3], *(None,) * 3),
                                              (grads[2], None, grads[4], *(None,) * 3), strict=True)
        ]  # fmt: skip
        torch.manual_seed(4)
        real = run_block(x + sign * step * grads[0], replace(block, updates=updates), rows)[: sum(LENGTHS)].double()
        return float((real * torch.randn(real.shape, generator=torch.Generator().manual_seed(8)).double()).sum())

    expected = 2e-3 * float(sum((grad**2).sum() for grad in grads) ** 0.5)
    assert moved(1) - moved(-1) == pytest.approx(expected, rel=0.02)
    torch.manual_seed(4)
    assert torch.equal(run_block(x, block, rows)[: sum(LENGTHS)], out[: sum(LENGTHS)])
    assert not torch.equal(run_block(x, block, rows)[: sum(LENGTHS)], out[: sum(LENGTHS)])
