"""Where the heads of packed rows lie, before and after they are gathered group by group; computed once a batch."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from tunecard.encoders.packed_batch import PackedBatch


@dataclass(frozen=True)
class Place:
    """One group in the flat buffers: `batch` = rows * heads matrices; `asking` queries and `length` keys in each."""

    batch: int
    asking: int
    length: int
    query_first: int
    key_first: int
    scores_first: int

    @property
    def scores_end(self) -> int:
        """One behind the group's last score."""
        return self.scores_first + self.batch * self.asking * self.length

    def queries(self, flat: Tensor) -> Tensor:
        """(batch, asking, head_dim) of a flat (queries, head_dim) buffer."""
        rows = self.batch * self.asking
        return flat[self.query_first : self.query_first + rows].view(self.batch, self.asking, flat.shape[1])

    def keys(self, flat: Tensor) -> Tensor:
        """(batch, length, head_dim) of a flat (keys, head_dim) buffer."""
        rows = self.batch * self.length
        return flat[self.key_first : self.key_first + rows].view(self.batch, self.length, flat.shape[1])

    def scores(self, flat: Tensor) -> Tensor:
        """(batch, asking, length) of a flat buffer."""
        return flat[self.scores_first : self.scores_end].view(self.batch, self.asking, self.length)


class PackedLayout:
    """Index tensors of one packed batch, each made when first asked for. All layers of a pass share them."""

    def __init__(self, batch: PackedBatch) -> None:
        self.batch = batch
        self.device = batch.tokens.device
        self.real_tokens = batch.real_tokens
        self.mean_length = sum(length * length for length in batch.lengths) / max(1, self.real_tokens)
        self.firsts = batch.starts[:-1]  # (B,)
        self.is_narrow = False  # whether the top layer left only the first token of each row
        self._made: dict[tuple[object, ...], Tensor] = {}
        self._places: dict[tuple[int, bool], list[Place]] = {}

    def places(self, heads: int, asks_first: bool) -> list[Place]:
        """The groups in the flat buffers."""
        if (heads, asks_first) not in self._places:
            places: list[Place] = []
            queries = scores = 0
            for first, rows, length in self.batch.groups:
                asking = 1 if asks_first else length
                places.append(Place(rows * heads, asking, length, queries, first * heads, scores))
                queries += rows * heads * asking
                scores = places[-1].scores_end
            self._places[heads, asks_first] = places
        return self._places[heads, asks_first]

    def away(self, heads: int, stride: int, asks_first: bool) -> Tensor:
        """(tokens * heads,) which row of a (., head_dim) view each gathered row comes from.

        `stride` is the number of such rows from one token to the next.
        """
        key = ("away", heads, stride, asks_first)
        if key not in self._made:
            head = torch.arange(heads)
            parts, query = [], 0
            for first, rows, length in self.batch.groups:
                asking = 1 if asks_first else length
                start = query if asks_first else first
                token = start + torch.arange(rows * asking).view(rows, 1, asking)
                parts.append((token * stride + head.view(1, heads, 1)).flatten())  # (rows, heads, asking)
                query += rows
            self._made[key] = torch.cat(parts).to(self.device)
        return self._made[key]

    def home(self, heads: int, asks_first: bool) -> Tensor:
        """(all tokens * heads,) the inverse of `away`; tokens that fill up point at the `heads` rows behind the last."""
        key = ("home", heads, asks_first)
        if key not in self._made:
            away = self.away(heads, heads, asks_first)
            tokens = len(self.batch.lengths) if asks_first else len(self.batch.tokens)
            home = torch.empty(tokens * heads, dtype=torch.long, device=self.device)
            home[away] = torch.arange(len(away), device=self.device)
            tail = tokens * heads - len(away)
            home[len(away) :] = len(away) + torch.arange(tail, device=self.device) % heads
            self._made[key] = home
        return self._made[key]

    def joint_home(self, heads: int, zero: int) -> Tensor:
        """(all tokens * 3 * heads,) `home` of queries, keys and values that lie one after the other in one buffer."""
        key = ("joint", heads)
        if key not in self._made:
            home = self.home(heads, asks_first=False).view(-1, 1, heads)
            real = self.real_tokens * heads
            shifts = torch.tensor([0, real, 2 * real], device=self.device).view(1, 3, 1)
            filled = (home - real + zero).expand(-1, 3, -1)
            self._made[key] = torch.where(home < real, home + shifts, filled).flatten()
        return self._made[key]

    def band(self, length: int, window: int, asks_first: bool) -> Tensor:
        """(length or 1, length) 0 within the window, minus infinity outside."""
        key = ("band", length, window, asks_first)
        if key not in self._made:
            position = torch.arange(length, device=self.device)
            asking = position[:1] if asks_first else position
            far = (asking[:, None] - position[None]).abs() >= window
            self._made[key] = torch.zeros(far.shape, device=self.device).masked_fill_(far, float("-inf"))
        return self._made[key]


def row_stride(tensor: Tensor) -> int:
    """Rows of head_dim from one token to the next in (tokens, heads, head_dim)."""
    width = tensor.shape[2]
    is_plain = tensor.stride(2) == 1 and tensor.stride(1) == width and tensor.stride(0) % width == 0
    return tensor.stride(0) // width if is_plain else tensor.shape[1]


def rows_of(tensor: Tensor) -> Tensor:
    """(tokens, heads, head_dim) as rows of head_dim, copied only where the memory has another order.

    A slice of a fused projection is not copied: its rows are read with the stride they have.
    """
    tokens, heads, width = tensor.shape
    stride = row_stride(tensor)
    if stride * width != tensor.stride(0) or tensor.stride(1) != width or tensor.stride(2) != 1:
        return tensor.reshape(tokens * heads, width)
    return tensor.as_strided(((tokens - 1) * stride + heads, width), (width, 1))
