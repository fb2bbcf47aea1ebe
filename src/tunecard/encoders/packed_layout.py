"""Where the heads of packed rows lie, before and after they are gathered into groups of like length; once a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from tunecard.encoders.packed_batch import PackedBatch

# Rows of one group differ in length by a quarter at most, long ones by a tenth: what is padded inside attention costs
# less there than more and smaller products would.
LEAST_FILL, LEAST_FILL_LONG, LONG = 0.75, 0.9, 64
# torch's softmax of fewer than 16 values leaves its vector path and takes seven times as long.
LEAST_LENGTH = 16
# Added to a score that must not count. Finite: where nothing counts, softmax must not give NaN.
HIDDEN = -1e30


@dataclass(frozen=True)
class Place:
    """One group in the flat buffers: `batch` = rows * heads matrices; `asking` queries and `length` keys in each.

    `hidden_keys` is (batch, 1, length): 0, and HIDDEN behind the end of shorter rows; None where all are equal.
    """

    batch: int
    asking: int
    length: int
    query_first: int
    key_first: int
    scores_first: int
    hidden_keys: Tensor | None

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

    def __init__(self, batch: PackedBatch, *, keeps_every_token: bool = False) -> None:
        self.batch = batch
        self.keeps_every_token = keeps_every_token  # nothing is narrowed or gathered on the way to the last layer
        self.device = batch.tokens.device
        self.mean_length = sum(length * length for length in batch.lengths) / max(1, batch.real_tokens)
        self.firsts = batch.starts[:-1]  # (B,)
        self.is_narrow = False  # whether the top layer left only the first token of each row
        self.groups = groups_of_like_length(batch.lengths)
        self._made: dict[tuple[object, ...], Tensor] = {}
        self._places: dict[tuple[int, bool], list[Place]] = {}

    def places(self, heads: int, asks_first: bool) -> list[Place]:
        """The groups in the flat buffers."""
        if (heads, asks_first) not in self._places:
            places: list[Place] = []
            queries = keys = scores = 0
            for lengths in self.groups:
                batch, length = len(lengths) * heads, _padded(lengths)
                asking = 1 if asks_first else length
                places.append(Place(batch, asking, length, queries, keys, scores, self._hidden_keys(lengths, heads)))
                queries += batch * asking
                keys += batch * length
                scores = places[-1].scores_end
            self._places[heads, asks_first] = places
        return self._places[heads, asks_first]

    def away(self, heads: int, stride: int, asks_first: bool) -> Tensor:
        """(gathered rows,) which row of a (., head_dim) view each of them comes from, in the order of `places`.

        `stride` is the number of such rows from one token to the next. Behind the end of a row its last token repeats.
        """
        key = ("away", heads, stride, asks_first)
        if key not in self._made:
            head = torch.arange(heads).view(1, heads, 1)
            parts = [token[:, None] * stride + head for token in self._tokens(asks_first)]  # (rows, heads, asking)
            self._made[key] = torch.cat([part.flatten() for part in parts]).to(self.device)
        return self._made[key]

    def home(self, heads: int, asks_first: bool) -> Tensor:
        """(all tokens * heads,) the inverse of `away`; tokens that fill up point at `heads` rows behind the last."""
        key = ("home", heads, asks_first)
        if key not in self._made:
            away = self.away(heads, heads, asks_first)
            tokens = len(self.batch.lengths) if asks_first else len(self.batch.tokens)
            home = len(away) + torch.arange(tokens * heads, device=self.device) % heads
            real = self.real(heads, asks_first)
            home[away[real]] = real
            self._made[key] = home
        return self._made[key]

    def real(self, heads: int, asks_first: bool) -> Tensor:
        """Those gathered rows that are no repetition behind the end of a row."""
        key = ("real", heads, asks_first)
        if key not in self._made:
            self._made[key] = self._is_real(heads, asks_first).nonzero()[:, 0].to(self.device)
        return self._made[key]

    def repeated(self, heads: int, asks_first: bool) -> Tensor:
        """Those gathered rows that are."""
        key = ("repeated", heads, asks_first)
        if key not in self._made:
            self._made[key] = (~self._is_real(heads, asks_first)).nonzero()[:, 0].to(self.device)
        return self._made[key]

    def joint_home(self, heads: int) -> Tensor:
        """(all tokens * 3 * heads,) `home` of gathered queries, keys and values one after the other in one buffer."""
        key = ("joint", heads)
        if key not in self._made:
            home = self.home(heads, asks_first=False).view(-1, 1, heads)
            gathered = len(self.away(heads, heads, asks_first=False))
            shifts = torch.tensor([0, gathered, 2 * gathered], device=self.device).view(1, 3, 1)
            self._made[key] = torch.where(home < gathered, home + shifts, home + 2 * gathered).flatten()
        return self._made[key]

    def _tokens(self, asks_first: bool) -> list[Tensor]:
        """(rows, asking) tokens of each group; the number of the row itself where only first tokens ask."""
        tokens, row, first = [], 0, 0
        for lengths in self.groups:
            length = torch.tensor(lengths)
            if asks_first:
                tokens.append(torch.arange(row, row + len(lengths))[:, None])
            else:
                start = first + length.cumsum(0) - length
                tokens.append(start[:, None] + torch.arange(_padded(lengths)).minimum(length[:, None] - 1))
            row, first = row + len(lengths), first + sum(lengths)
        return tokens

    def _is_real(self, heads: int, asks_first: bool) -> Tensor:
        parts = []
        for lengths in self.groups:
            asking = torch.arange(1 if asks_first else _padded(lengths))
            is_real = asking < torch.tensor(lengths)[:, None]  # (rows, asking)
            parts.append(is_real[:, None].expand(-1, heads, -1).flatten())
        return torch.cat(parts)

    def _hidden_keys(self, lengths: list[int], heads: int) -> Tensor | None:
        if min(lengths) == _padded(lengths):
            return None
        is_behind = torch.arange(_padded(lengths)) >= torch.tensor(lengths)[:, None]  # (rows, length)
        hidden = torch.zeros(is_behind.shape).masked_fill_(is_behind, HIDDEN)
        return hidden.repeat_interleave(heads, 0)[:, None].to(self.device)

    def band(self, length: int, window: int, asks_first: bool) -> Tensor:
        """(length or 1, length) 0 within the window, HIDDEN outside."""
        key = ("band", length, window, asks_first)
        if key not in self._made:
            position = torch.arange(length, device=self.device)
            asking = position[:1] if asks_first else position
            far = (asking[:, None] - position[None]).abs() >= window
            self._made[key] = torch.zeros(far.shape, device=self.device).masked_fill_(far, HIDDEN)
        return self._made[key]


def groups_of_like_length(lengths: Sequence[int]) -> list[list[int]]:
    """Neighbouring lengths in groups, each group's longest first."""
    groups: list[list[int]] = []
    for length in lengths:
        if groups and _least(_padded(groups[-1])) <= length <= _padded(groups[-1]):
            groups[-1].append(length)
        else:
            groups.append([length])
    return groups


def _least(longest: int) -> float:
    """The shortest row that a group padded to `longest` takes."""
    if longest == LEAST_LENGTH:
        return 0
    return (LEAST_FILL if longest <= LONG else LEAST_FILL_LONG) * longest


def _padded(lengths: Sequence[int]) -> int:
    return max(LEAST_LENGTH, lengths[0])


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
