"""Attention over packed rows: one batched product a group of rows of like length, backward written out.

The rows of a head lie scattered in (T, heads, head_dim). One gather brings them into the order (group, row, head,
token), in which every group is a plain batch of matrices; one gather brings the result back. Scores are in fp32.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

from tunecard.encoders.keep_mask import apply_keep_mask, draw_keep_mask
from tunecard.encoders.packed_layout import PackedLayout, Place, row_stride, rows_of
from tunecard.encoders.varlen_attention import attend_varlen, takes_varlen
from tunecard.kernels import attend_rows, takes_attention

# Up to this mean length probabilities are kept for the backward pass; beyond it they are computed again.
KEPT_LENGTH = 256


class _Rule(NamedTuple):
    """How scores become weights; as `attend` takes them."""

    scaling: float
    p: float
    window: int


class _Attention(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, query: Tensor, key: Tensor, value: Tensor, layout: PackedLayout, rule: _Rule) -> Tensor:
        p = rule.p
        asks_first = query.shape[0] != key.shape[0]
        q, k, v = _gathered(query, key, value, layout, asks_first)  # (heads * tokens, head_dim), fp32
        heads = key.shape[1]
        probabilities = _probabilities(q, k, layout.places(heads, asks_first), layout, rule)
        mask = draw_keep_mask(probabilities.shape, p, probabilities.device) if p > 0 else None
        weights = probabilities if mask is None else apply_keep_mask(probabilities, mask, p)
        out = q.new_empty(q.shape[0] + heads, q.shape[1])
        out[q.shape[0] :] = 0  # what the tokens that fill up read
        for place in layout.places(heads, asks_first):
            torch.bmm(place.scores(weights), place.keys(v), out=place.queries(out))
        keeps = layout.mean_length <= KEPT_LENGTH
        ctx.save_for_backward(query, key, value, probabilities if keeps else None, mask)
        ctx.settings = (layout, asks_first, rule)
        return out.index_select(0, layout.home(heads, asks_first)).view(query.shape).to(query.dtype)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        query, key, value, probabilities, mask = ctx.saved_tensors
        layout, asks_first, rule = ctx.settings
        scaling, p = rule.scaling, rule.p
        heads = key.shape[1]
        q, k, v = _gathered(query, key, value, layout, asks_first)
        if probabilities is None:
            probabilities = _probabilities(q, k, layout.places(heads, asks_first), layout, rule)
        weights = probabilities if mask is None else apply_keep_mask(probabilities, mask, p)
        # Behind the end of a row its last token was gathered again: what that asked for counts for nothing.
        grad_out = _gather(grads[0], layout, asks_first).index_fill_(0, layout.repeated(heads, asks_first), 0)
        n_q, n_k = q.shape[0], k.shape[0]
        # One buffer for all three: a fused projection reads its gradient as one matrix. The rows behind stay zero.
        joint = q.new_empty(n_q + 2 * n_k + heads, q.shape[1])
        joint[n_q + 2 * n_k :] = 0
        grad_q, grad_k, grad_v = joint[:n_q], joint[n_q : n_q + n_k], joint[n_q + n_k :]
        grad_scores = torch.empty_like(probabilities)
        places = layout.places(heads, asks_first)
        for place in places:
            torch.bmm(place.scores(weights).transpose(1, 2), place.queries(grad_out), out=place.keys(grad_v))
            torch.bmm(place.queries(grad_out), place.keys(v).transpose(1, 2), out=place.scores(grad_scores))
        if mask is not None:
            grad_scores = apply_keep_mask(grad_scores, mask, p)
        for place in places:
            scores = torch._softmax_backward_data(
                place.scores(grad_scores), place.scores(probabilities), -1, torch.float32
            )
            torch.baddbmm(
                place.queries(grad_q), scores, place.keys(k), beta=0, alpha=scaling, out=place.queries(grad_q)
            )
            torch.baddbmm(
                place.keys(grad_k), scores.transpose(1, 2), place.queries(q), beta=0, alpha=scaling,
                out=place.keys(grad_k),
            )  # fmt: skip
        return (*_spread(joint, query, key, layout, asks_first), None, None)


def _gathered(
    query: Tensor, key: Tensor, value: Tensor, layout: PackedLayout, asks_first: bool
) -> tuple[Tensor, Tensor, Tensor]:
    return _gather(query, layout, asks_first), _gather(key, layout), _gather(value, layout)


def _gather(tensor: Tensor, layout: PackedLayout, asks_first: bool = False) -> Tensor:
    """(tokens, heads, head_dim) to (heads * tokens, head_dim) in the order of the groups, in fp32."""
    index = layout.away(tensor.shape[1], row_stride(tensor), asks_first)
    return rows_of(tensor).index_select(0, index).float()


def _probabilities(q: Tensor, k: Tensor, places: list[Place], layout: PackedLayout, rule: _Rule) -> Tensor:
    """Flat softmax of scaled scores, group after group, in fp32."""
    flat = q.new_empty(places[-1].scores_end)
    for place in places:
        scores = place.scores(flat)  # (rows * heads, 1 or length, length)
        torch.baddbmm(scores, place.queries(q), place.keys(k).transpose(1, 2), beta=0, alpha=rule.scaling, out=scores)
        if place.hidden_keys is not None:
            scores += place.hidden_keys
        if 0 < rule.window < place.length:
            scores += layout.band(place.length, rule.window, asks_first=place.asking == 1)
        torch.softmax(scores, -1, out=scores)
    return flat


def _spread(joint: Tensor, query: Tensor, key: Tensor, layout: PackedLayout, asks_first: bool) -> tuple[Tensor, ...]:
    """Gradients back into (tokens, heads, head_dim); views of one (tokens, 3, heads, head_dim) where shapes allow."""
    joint = joint.to(query.dtype)
    tokens, heads, width = key.shape
    if not asks_first:
        spread = joint.index_select(0, layout.joint_home(heads)).view(tokens, 3, heads, width)
        return spread[:, 0], spread[:, 1], spread[:, 2]
    n_q, n_k = len(layout.away(heads, heads, True)), len(layout.away(heads, heads, False))
    back = layout.home(heads, asks_first=False)
    grad_q = joint.index_select(0, layout.home(heads, asks_first=True)).view(query.shape)
    # Key and value of one fused projection: their gradients lie side by side, too.
    spread = joint[n_q:].index_select(0, _side_by_side(back, n_k, heads)).view(tokens, 2, heads, width)
    return grad_q, spread[:, 0], spread[:, 1]


def _side_by_side(back: Tensor, n_k: int, heads: int) -> Tensor:
    """`home` of keys, and of values that lie `n_k` rows behind them, token by token; what fills up reads zeros."""
    home = back.view(-1, 1, heads)
    shifts = torch.tensor([0, n_k], device=back.device).view(1, 2, 1)
    return torch.where(home < n_k, home + shifts, home + n_k).flatten()


def attend(  # noqa: PLR0913 - what attention is made of
    query: Tensor, key: Tensor, value: Tensor, layout: PackedLayout, *, scaling: float, p: float = 0.0, window: int = 0
) -> Tensor:
    """Softmax attention inside each packed row.

    Args:
        query: (T, heads, head_dim), or (B, heads, head_dim) where only the first token of each row asks.
        key, value: (T, heads, head_dim).
        scaling: of the scores.
        p: dropout of the probabilities.
        window: a token attends to tokens less than this far away; 0: to all of its row.
    Returns: as `query`; zero for tokens that fill up.
    """
    if takes_varlen(query, p):
        return attend_varlen(query, key, value, layout, scaling=scaling, window=window)
    if takes_attention(query, key):
        return attend_rows(
            query, key, value, layout.batch.starts, scaling=scaling, p=p, window=window,
            real_tokens=layout.batch.real_tokens,
        )  # fmt: skip
    arguments = (query, key, value, layout, _Rule(scaling, p, window))
    attended: Tensor = _Attention.apply(*arguments)  # type: ignore[no-untyped-call]
    return attended
