"""Several plain LoRA adapters over one frozen base: every row of a batch gets its own update, by batched products.

On a processor one kernel goes through all rows before the layer's own product; elsewhere neighbouring rows of equal
length and rank are one batched product, and neighbouring rows of one adapter one plain product. Nothing is padded, no
token moves, and the model holds no adapter: a batch brings its own, so that adapters come and go between two batches.
Reordering tokens by adapter, or padding rows to one product, was measured to be slower (benchmarks/many_adapters.py
times the whole).
For prediction only: nothing here has a gradient. Source of the idea: Chen et al. 2023 (Punica), arXiv:2310.18547.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from tunecard.adapters.fused.fused_layers import fuse_blocks, fuse_layers
from tunecard.adapters.learned_parts import LearnedParts
from tunecard.kernels import has_kernels, linear_with_updates, takes_low_rank_rows

Update = tuple[Tensor, Tensor]
OPENED = "_reads_assignment"
Table = dict[str, np.ndarray]


class Run(NamedTuple):
    """Tokens that are multiplied at once: a matrix of `length` tokens for each of `adapters`, end to end from token
    `first` on."""

    first: int
    length: int
    adapters: tuple[int, ...]


def plan_runs(lengths: Sequence[int], adapter_of_row: Sequence[int]) -> tuple[Run, ...]:
    """Few products for rows that lie end to end: neighbours of one adapter are one matrix, and neighbouring matrices of
    equal length one batched product.

    Args:
        lengths: (B,) tokens of each row.
        adapter_of_row: (B,) numbers of adapters.
    """
    runs: list[tuple[int, int, list[int]]] = []  # first token, tokens of a matrix, adapters
    first = 0
    for adapter, rows in groupby(zip(adapter_of_row, lengths, strict=True), key=itemgetter(0)):
        tokens = sum(length for _, length in rows)
        if runs and runs[-1][1] == tokens:
            runs[-1][2].append(adapter)
        else:
            runs.append((first, tokens, [adapter]))
        first += tokens
    return tuple(Run(first, length, tuple(of)) for first, length, of in runs)


class Assignment:
    """Which adapter each row of one batch has.

    Args:
        lengths: (B,) tokens of each row, as they lie in the batch.
        adapter_of_row: (B,) numbers into `parts`.
        parts: of the adapters in this batch, on its device.
        tokens: of the whole batch, those that fill up or pad included.
        heads_read_tokens: whether heads see (1, tokens, hidden) of a packed batch; else axis 0 is rows.
    """

    def __init__(
        self, lengths: Sequence[int], adapter_of_row: Sequence[int], parts: Sequence[LearnedParts], tokens: int,
        *, heads_read_tokens: bool,
    ) -> None:  # fmt: skip
        self.parts = parts
        self.head_axis = 1 if heads_read_tokens else 0
        self._tokens, self._lengths, self._adapters = tokens, lengths, adapter_of_row
        self._token_runs = plan_runs(lengths, adapter_of_row)
        self._row_runs = plan_runs([1] * len(lengths), adapter_of_row)

    def runs_of(self, count: int) -> tuple[Run, ...]:
        """The runs of a layer's input with `count` vectors: all tokens, or one a row (first tokens, pooled texts)."""
        self._check_count(count)
        return self._token_runs if count == self._tokens else self._row_runs

    def _check_count(self, count: int) -> None:
        if count not in (self._tokens, len(self._lengths)):
            raise ValueError(f"a layer reads {count} vectors. Got {self._tokens} tokens in {len(self._lengths)} rows.")

    @cached_property
    def head_positions(self) -> dict[int, Tensor]:
        """Each adapter in the batch to the positions of its rows (or their tokens) on `head_axis`."""
        owner = torch.tensor(self._adapters)
        if self.head_axis:
            owner = torch.repeat_interleave(owner, torch.tensor(self._lengths))
        return {adapter: torch.nonzero(owner == adapter)[:, 0] for adapter in set(self._adapters)}

    @cached_property
    def paths(self) -> dict[str, int]:
        """Each layer that any adapter of the batch updates, and its number."""
        return {path: i for i, path in enumerate(dict.fromkeys(path for one in self.parts for path in one.updates))}

    def linear(self, path: str, x: Tensor, layer: nn.Linear) -> Tensor:
        """The layer at `path` for `x` (..., in), with each row's update of it; vectors of no row get none."""
        read = x.reshape(-1, x.shape[-1])
        self._check_count(len(read))
        table = self._token_table if len(read) == self._tokens else self._row_table
        out = linear_with_updates(read, layer.weight, layer.bias, table[path])
        return out.view(*x.shape[:-1], len(layer.weight))

    def add_updates(self, path: str, x: Tensor, out: Tensor) -> None:
        """Adds each row's update of the layer at `path` for `x` (..., in) to `out` (..., out), in place; vectors of no
        row stay as they are."""
        tokens, into = x.reshape(-1, x.shape[-1]), out.view(-1, out.shape[-1])
        for first, length, adapters in self.runs_of(len(tokens)):
            updates = [self.parts[adapter].updates.get(path) for adapter in adapters]
            end = first + length * len(updates)
            add_products(into[first:end], tokens[first:end], updates)

    @cached_property
    def _token_table(self) -> Table:
        return self._table(self._tokens)

    @cached_property
    def _row_table(self) -> Table:
        return self._table(len(self._lengths))

    def _table(self, count: int) -> Table:
        """Path to (P, 5) first vector and vectors of each adapter's part of each run, with its factors there; the last
        is what belongs to no row. All layers at once: asking for each of them apart took a fifth of the updates' time.
        """
        parts = [
            (first + part * length, length, adapter)
            for first, length, adapters in self.runs_of(count)
            for part, adapter in enumerate(adapters)
        ]
        end = parts[-1][0] + parts[-1][1]
        whole = np.zeros((len(self.paths), len(parts) + 1, 5), np.int64)
        whole[:, :, :2] = [*(place[:2] for place in parts), (end, count - end)]
        for place, (_, _, adapter) in enumerate(parts):
            own = self.parts[adapter]
            whole[[self.paths[path] for path in own.updates], place, 2:] = own.factors
        return dict(zip(self.paths, whole, strict=True))


def add_products(written: Tensor, read: Tensor, updates: Sequence[Update | None]) -> None:
    """Adds `read` Aᵀ Bᵀ to `written`, in place: to as many equal parts as there are updates, each by its own.

    Args:
        written: (tokens, out).
        read: (tokens, in).
        updates: A (rank, in) and B (out, rank) of each part; None adds nothing to it.
    """
    known = [update for update in updates if update is not None]
    if not known:
        return
    if len(updates) == 1:
        a, b = known[0]
        written.addmm_(read @ a.t(), b.t())
        return
    if len({len(a) for a, _ in known}) > 1 or len(known) < len(updates):
        for part, of_part, update in zip(written.chunk(len(updates)), read.chunk(len(updates)), updates, strict=True):
            add_products(part, of_part, [update])
        return
    a, b = torch.stack([a for a, _ in known]), torch.stack([b for _, b in known])
    parts = len(updates)
    low = torch.bmm(read.view(parts, -1, read.shape[1]), a.transpose(1, 2))  # (parts, tokens, rank)
    written.view(parts, -1, written.shape[1]).baddbmm_(low, b.transpose(1, 2))


_assignment: ContextVar[Assignment | None] = ContextVar("adapters of the rows", default=None)


@contextmanager
def assigned(assignment: Assignment) -> Iterator[None]:
    """Within it, layers and heads with several adapters give each row its own; outside they refuse to compute."""
    token = _assignment.set(assignment)
    try:
        yield
    finally:
        _assignment.reset(token)


def _current() -> Assignment:
    assignment = _assignment.get()
    if assignment is None:
        raise RuntimeError("this model has several adapters: call it within `assigned`, which says whose each row is")
    return assignment


def fuse_shared(model: nn.Module) -> None:
    """Fuses a base that adapters will share, before it is opened to them: where the kernel computes a layer together
    with its updates, query, key and value stay apart."""
    device = next(model.parameters()).device
    (fuse_blocks if has_kernels(device, torch.float32) else fuse_layers)(model)


def open_to(model: nn.Module, parts: LearnedParts) -> None:
    """Lets the layers and heads that an adapter changes answer to `assigned`; those that do already stay as they are.

    Args:
        model: bare and frozen, after `fuse_shared`.
    """
    for path in parts.updates:
        _open(model.get_submodule(path), _updated, path)
    for path in parts.heads:
        _open(model.get_submodule(path), _parted, path)


def _open(module: nn.Module, changed: Any, path: str) -> None:
    if OPENED not in module.__dict__:
        module.__dict__[OPENED] = True
        module.forward = changed(module, module.forward, path)


def _updated(layer: nn.Module, base_forward: Any, path: str) -> Any:
    def forward(x: Tensor) -> Tensor:
        assignment = _current()
        if path not in assignment.paths:
            return base_forward(x)  # type: ignore[no-any-return]
        if type(layer) is nn.Linear and takes_low_rank_rows(x, layer.weight):
            return assignment.linear(path, x, layer)
        out: Tensor = base_forward(x)
        assignment.add_updates(path, x, out)
        return out

    return forward


def _parted(_: nn.Module, base_forward: Any, path: str) -> Any:
    """A head that reads each adapter's rows with its own module; outputs are as wide as the widest, zeros behind."""

    def forward(x: Tensor) -> Tensor:
        assignment = _current()
        axis, outs = assignment.head_axis, {}
        for adapter, at in assignment.head_positions.items():
            head = assignment.parts[adapter].heads.get(path, base_forward)
            outs[adapter] = at.to(x.device), head(x.index_select(axis, at.to(x.device)))
        first = next(iter(outs.values()))[1]
        shape = [*first.shape[:-1], max(out.shape[-1] for _, out in outs.values())]
        shape[axis] = x.shape[axis]
        whole: Tensor = first.new_zeros(shape)
        for at, out in outs.values():
            whole[..., : out.shape[-1]].index_copy_(axis, at, out)
        return whole

    return forward
