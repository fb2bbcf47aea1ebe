"""A block of an encoder as torch's own operations compute it, and drawn ones to compare: no code shared with kernels."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch
from scipy.linalg import block_diag, hadamard
from torch import Tensor, nn

from tunecard.kernels.block import Block, FrozenLayer, LearnedUpdate, Norm

SCALING = 0.3


def drawn_block(
    width: int, inner: int, heads: int, updated: tuple[int, ...], *, rank: int = 3, seed: int = 0, dropout: float = 0.0
) -> Block:
    """In fp32, with updates of the layers that `updated` counts, which learn."""
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape: int, scale: float = 1.0) -> Tensor:
        return torch.randn(*shape, generator=generator) * scale

    joint, bias = draw(3 * width, width, scale=width**-0.5), draw(3 * width, scale=0.1)
    shapes = [(width, width), (inner, width), (width, inner)]
    layers = [
        FrozenLayer(joint[k * width : (k + 1) * width], None, bias[k * width : (k + 1) * width]) for k in range(3)
    ]
    layers += [FrozenLayer(draw(*shape, scale=shape[1] ** -0.5), None, draw(shape[0], scale=0.1)) for shape in shapes]
    updates = [
        LearnedUpdate(
            draw(rank, layer.weight.shape[1], scale=layer.weight.shape[1] ** -0.5).requires_grad_(),
            draw(layer.weight.shape[0], rank).requires_grad_(), 0.7, dropout,
        )
        if number in updated
        else None
        for number, layer in enumerate(layers)
    ]  # fmt: skip
    norms = [Norm(1 + draw(width, scale=0.1), draw(width, scale=0.1), 1e-5, dropout) for _ in range(2)]
    return Block(layers, updates, norms, heads, torch.float32, SCALING, dropout)


def torch_block(x: Tensor, block: Block, lengths: list[int], *, asks_first: bool) -> Tensor:
    """What `run_block` gives for rows of these lengths, without dropout."""
    starts = [0, *torch.tensor(lengths).cumsum(0).tolist()]
    firsts = torch.tensor(starts[:-1])
    asking = x[firsts] if asks_first else x
    query, key, value = (_linear(block, number, asking if number == 0 else x) for number in range(3))
    context = torch.zeros_like(query)
    for row, (first, stop) in enumerate(pairwise(starts)):
        place = slice(row, row + 1) if asks_first else slice(first, stop)
        context[place] = _attention(query[place], key[first:stop], value[first:stop], block)
    normed = _norm(block, 0, asking + _linear(block, 3, context))
    return _norm(block, 1, normed + _linear(block, 5, nn.functional.gelu(_linear(block, 4, normed))))


def learned_of(block: Block) -> list[Tensor]:
    """A and B of every update."""
    return [part for update in block.updates if update is not None for part in (update.a, update.b)]


def _attention(query: Tensor, key: Tensor, value: Tensor, block: Block) -> Tensor:
    q, k, v = (part.view(len(part), block.heads, -1).transpose(0, 1) for part in (query, key, value))
    mixed = torch.softmax(q @ k.transpose(1, 2) * block.scaling, -1) @ v
    return mixed.transpose(0, 1).reshape(len(query), -1)


def turned(rows: Tensor) -> Tensor:
    """Rows times Hadamard matrices of 64, or 16 where the width is no multiple of that."""
    size = next((size for size in (64, 16) if rows.shape[1] % size == 0), 1)
    matrix = block_diag(*[hadamard(size) / size**0.5] * (rows.shape[1] // size))
    return rows @ torch.from_numpy(matrix).to(rows.dtype)


def in_codes(rows: Tensor) -> tuple[Tensor, Tensor]:
    """Whole numbers up to 127 either way, and the scale of every row."""
    scales = rows.abs().amax(1, keepdim=True).clamp(min=1e-30) / 127  # rows that only fill up are zeros
    return (rows / scales).round(), scales


class _CodedLinear(torch.autograd.Function):
    """Both products by codes: of what comes in, rotated, and of the gradient times the scales of the outputs."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, layer: FrozenLayer) -> Tensor:
        ctx.layer = layer
        codes, scales = in_codes(turned(x))
        assert layer.scales is not None
        assert layer.bias is not None
        return codes @ layer.weight.float().t() * scales * layer.scales + layer.bias

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        codes, scales = in_codes(grads[0] * ctx.layer.scales)
        return turned(codes @ ctx.layer.weight.float() * scales), None


def _linear(block: Block, number: int, x: Tensor) -> Tensor:
    layer, update = block.layers[number], block.updates[number]
    if layer.scales is not None:
        out: Tensor = _CodedLinear.apply(x, layer)  # type: ignore[no-untyped-call]
    else:
        out = nn.functional.linear(x, layer.weight, layer.bias)
    return out if update is None else out + update.scaling * x @ update.a.t() @ update.b.t()


def _norm(block: Block, number: int, x: Tensor) -> Tensor:
    norm: Any = block.norms[number]
    return nn.functional.layer_norm(x, x.shape[-1:], norm.weight, norm.bias, norm.epsilon)
