"""Rows end to end in one row of tokens, without padding: what a packed model reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor

# Products are planned anew for every new number of tokens: a multiple of this keeps the numbers few (docs/log.md,
# "Packed training"). The tokens that fill up belong to no row, nothing attends to them and nothing reads them.
FILL_MULTIPLE = 16


class LengthGroup(NamedTuple):
    """Neighbouring rows of equal length: `rows` of them, `length` tokens each, from token `first` on."""

    first: int
    rows: int
    length: int


@dataclass(frozen=True)
class PackedBatch:
    """Rows of tokens end to end, longest first.

    Attributes:
        tokens: (T,) token ids; those behind `starts[-1]` only fill up.
        positions: (T,) from 0 in every row.
        starts: (B + 1,) where each row begins, and where the last one ends.
        rows: (B,) which row of the caller's list each one is.
        type_ids: (T,) segment ids where the model takes them.
    """

    tokens: Tensor
    positions: Tensor
    starts: Tensor
    rows: tuple[int, ...]
    lengths: tuple[int, ...]
    type_ids: Tensor | None = None

    @property
    def real_tokens(self) -> int:
        """Tokens of rows, those that fill up not counted."""
        return sum(self.lengths)

    @cached_property
    def longest(self) -> int:
        """Tokens of the longest row: every layer of a pass asks."""
        return max(self.lengths)

    @cached_property
    def groups(self) -> tuple[LengthGroup, ...]:
        """The rows by length: attention is one batched product a group."""
        groups: list[LengthGroup] = []
        first = 0
        for length in self.lengths:
            if groups and groups[-1].length == length:
                groups[-1] = groups[-1]._replace(rows=groups[-1].rows + 1)
            else:
                groups.append(LengthGroup(first, 1, length))
            first += length
        return tuple(groups)

    def to(self, device: torch.device) -> PackedBatch:
        """The same batch on `device`."""
        if self.tokens.device == device:
            return self
        types = None if self.type_ids is None else to_device(self.type_ids, device)
        tokens, positions, starts = (to_device(tensor, device) for tensor in (self.tokens, self.positions, self.starts))
        return PackedBatch(tokens, positions, starts, self.rows, self.lengths, types)


def to_device(tensor: Tensor, device: torch.device) -> Tensor:
    """A tensor of the host on `device`. A GPU fetches it from pinned memory when its turn comes; nobody waits."""
    if device.type != "cuda" or tensor.device.type != "cpu":
        return tensor.to(device)
    return tensor.pin_memory().to(device, non_blocking=True)


def pack(
    input_ids: Sequence[Sequence[int]],
    rows: Sequence[int],
    *,
    type_ids: Sequence[Sequence[int]] | None = None,
    fill_token: int = 0,
) -> PackedBatch:
    """Packs rows of token ids, longest first.

    Args:
        input_ids: of a whole split.
        rows: which of them; none may be empty, and at least one must be given.
        type_ids: segment ids, shaped as `input_ids`.
        fill_token: id of the tokens that fill up to a multiple of 16.
    Returns: T tokens of B rows; T counts those that fill up.
    Raises: ValueError: no row, or an empty one.

    >>> pack([[5, 6], [7, 8, 9]], [0, 1]).rows
    (1, 0)
    """
    ordered = sorted(rows, key=lambda row: -len(input_ids[row]))
    lengths = tuple(len(input_ids[row]) for row in ordered)
    if not lengths or not lengths[-1]:
        raise ValueError("rows to pack must be one or more, each with a token or more")
    missing = -sum(lengths) % FILL_MULTIPLE
    starts = torch.zeros(len(lengths) + 1, dtype=torch.long)
    torch.cumsum(torch.tensor(lengths), 0, out=starts[1:])
    return PackedBatch(
        tokens=_joined(input_ids, ordered, missing, fill_token),
        positions=torch.cat([*(torch.arange(length) for length in lengths), torch.arange(missing)]),
        starts=starts,
        rows=tuple(ordered),
        lengths=lengths,
        type_ids=None if type_ids is None else _joined(type_ids, ordered, missing, 0),
    )


def _joined(values: Sequence[Sequence[int]], rows: Sequence[int], missing: int, fill: int) -> Tensor:
    flat = [value for row in rows for value in values[row]]
    return torch.tensor(flat + [fill] * missing, dtype=torch.long)  # (T,)
