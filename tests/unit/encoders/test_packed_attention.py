"""Packed attention against torch's own, row by row: outputs, gradients, windows, dropout."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from tunecard.encoders import packed_attention
from tunecard.encoders.packed_attention import attend
from tunecard.encoders.packed_batch import PackedBatch, pack
from tunecard.encoders.packed_layout import PackedLayout

LENGTHS = [5, 1, 9, 5, 3, 9, 9]
HEADS, WIDTH = 3, 4


def batch_of(lengths: list[int]) -> PackedBatch:
    return pack([[7] * length for length in lengths], range(len(lengths)))


def drawn(batch: PackedBatch, *, fused: bool) -> tuple[Tensor, Tensor, Tensor]:
    """Query, key and value: three tensors, or slices of one fused projection."""
    generator = torch.Generator().manual_seed(0)
    whole = torch.randn(len(batch.tokens), 3, HEADS, WIDTH, generator=generator, dtype=torch.float32)
    parts = whole.requires_grad_().unbind(1)
    return parts if fused else tuple(part.detach().clone().requires_grad_() for part in parts)  # type: ignore[return-value]


def by_torch(query: Tensor, key: Tensor, value: Tensor, batch: PackedBatch, window: int = 0) -> Tensor:
    """(T, heads, width): torch's attention of each row alone; zero for tokens that fill up."""
    out = torch.zeros_like(key)
    starts = batch.starts.tolist()
    for start, stop in pairwise(starts):
        position = torch.arange(stop - start)
        near = (position[:, None] - position).abs() < (window or len(position))
        q, k, v = (part[start:stop].transpose(0, 1)[None] for part in (query, key, value))
        out[start:stop] = scaled_dot_product_attention(q, k, v, attn_mask=near, scale=0.3)[0].transpose(0, 1)
    return out


@pytest.mark.parametrize("kept", [0, 256])
@pytest.mark.parametrize("window", [0, 1, 3])
@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize("lengths", [LENGTHS, [4], [1], [6, 6, 6], [16, 16], [2, 3, 4, 5, 6]])
def test_rows_attend_to_themselves_alone(
    lengths: list[int], fused: bool, window: int, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed_attention, "KEPT_LENGTH", kept)  # 0: probabilities are computed again in the backward
    batch = batch_of(lengths)
    parts = drawn(batch, fused=fused)
    out = attend(*parts, PackedLayout(batch), scaling=0.3, window=window)
    expected = by_torch(*parts, batch, window)
    assert torch.allclose(out, expected, atol=1e-6)
    weights = torch.randn(out.shape, generator=torch.Generator().manual_seed(1))
    # What fills up may send a gradient back; it must not reach any real token.
    found = torch.autograd.grad((out * weights).sum(), parts, retain_graph=True)
    wanted = torch.autograd.grad((expected * weights).sum(), parts)
    assert all(torch.allclose(one, other, atol=1e-6) for one, other in zip(found, wanted, strict=True))


def test_rows_may_come_in_any_order() -> None:
    """Joined batches are longest first only within each part: 20, 18, 20 are one group with a short row inside."""
    parts = [batch_of([20, 18]), batch_of([20, 3]), batch_of([40, 17, 2])]
    lengths = tuple(length for part in parts for length in part.lengths)
    tokens = torch.full((sum(lengths) + 8,), 7)
    starts = torch.tensor([0, *torch.tensor(lengths).cumsum(0).tolist()])
    batch = PackedBatch(tokens, torch.zeros_like(tokens), starts, tuple(range(len(lengths))), lengths)
    parts_of = drawn(batch, fused=True)
    out = attend(*parts_of, PackedLayout(batch), scaling=0.3)
    assert torch.allclose(out, by_torch(*parts_of, batch), atol=1e-6)


def test_first_tokens_may_ask_alone() -> None:
    batch = batch_of(LENGTHS)
    query, key, value = drawn(batch, fused=False)
    firsts = query[batch.starts[:-1]]
    out = attend(firsts, key, value, PackedLayout(batch), scaling=0.3)
    expected = by_torch(query, key, value, batch)[batch.starts[:-1]]
    assert torch.allclose(out, expected, atol=1e-6)
    weights = torch.randn(out.shape, generator=torch.Generator().manual_seed(1))
    found = torch.autograd.grad((out * weights).sum(), (query, key, value))
    wanted = torch.autograd.grad((expected * weights).sum(), (query, key, value))
    assert all(torch.allclose(one, other, atol=1e-6) for one, other in zip(found, wanted, strict=True))


def test_dropout_is_of_probabilities_and_its_gradient_that_of_the_drawn_mask() -> None:
    batch = batch_of(LENGTHS)
    query, key, value = drawn(batch, fused=False)

    def out_of(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        torch.manual_seed(4)
        return attend(query, key, value, PackedLayout(batch), scaling=0.3, p=0.5)

    step = 1e-2
    direction = torch.randn(query.shape, generator=torch.Generator().manual_seed(5))
    for place, tensor in enumerate((query, key, value)):
        parts = [query.detach(), key.detach(), value.detach()]
        ahead, behind = list(parts), list(parts)
        ahead[place], behind[place] = parts[place] + step * direction, parts[place] - step * direction
        slope = (out_of(*ahead).square().sum() - out_of(*behind).square().sum()) / (2 * step)
        gradient = torch.autograd.grad(out_of(query, key, value).square().sum(), tensor)[0]
        assert float((gradient * direction).sum()) == pytest.approx(float(slope), rel=2e-3)


def test_dropout_keeps_the_mean() -> None:
    batch = batch_of([9] * 400)
    query = torch.zeros(len(batch.tokens), HEADS, WIDTH)
    torch.manual_seed(6)
    out = attend(query, query, torch.ones_like(query), PackedLayout(batch), scaling=0.3, p=0.1)
    assert float(out[: batch.real_tokens].mean()) == pytest.approx(1, abs=0.01)
    assert float(out[: batch.real_tokens].std()) > 0.05
