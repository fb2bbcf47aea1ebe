"""Several plain LoRA adapters over one frozen base: every row of a batch gets its own update, by batched products.

The updates of a layer lie in two stacks, and neighbouring rows of equal length are one batched product; neighbouring
rows of one adapter are one plain product. Nothing loops over adapters, nothing is padded but the smaller ranks, and no
token moves. Reordering tokens by adapter, or padding rows to one product, was measured to be slower
(benchmarks/many_adapters.py times the whole). For prediction only: nothing here has a gradient.
Source of the idea: Chen et al. 2023 (Punica), arXiv:2310.18547.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple, cast

import torch
from peft import PeftModel, get_peft_model_state_dict
from peft.tuners.lora import Linear as LoraLinear
from peft.tuners.lora import LoraLayer
from peft.utils import ModulesToSaveWrapper
from torch import Tensor, nn

from tunecard.errors import AdapterError


@dataclass(frozen=True)
class LearnedParts:
    """What one adapter learned.

    Attributes:
        updates: path of a linear layer to A (rank, in) and B (out, rank), the scaling inside B.
        heads: path of a module to the one that replaces it.
    """

    updates: dict[str, tuple[Tensor, Tensor]]
    heads: dict[str, nn.Module]


def read_learned_parts(model: PeftModel, place: str) -> LearnedParts:
    """The updates and heads of a loaded adapter.

    Raises: AdapterError: it is no plain LoRA of linear layers with a head; what cannot be stacked is named.
    """
    parts = LearnedParts({}, {})
    base: Any = model.get_base_model()
    for path, module in base.named_modules():
        if isinstance(module, ModulesToSaveWrapper) and _is_head(path, module):
            parts.heads[path] = module.modules_to_save[module.active_adapters[0]]
        elif isinstance(module, LoraLayer) and _is_plain(module):
            layer, name = cast(Any, module), module.active_adapters[0]
            a, b = layer.lora_A[name].weight, layer.lora_B[name].weight
            parts.updates[path] = (a.detach().float(), b.detach().float() * float(layer.scaling[name]))
    known = {f"base_model.model.{path}.lora_{letter}.weight" for path in parts.updates for letter in "AB"}
    roots = tuple(f"base_model.model.{path}." for path in parts.heads)
    learned = get_peft_model_state_dict(model, adapter_name=model.active_adapters[0], save_embedding_layers=False)
    strange = [key for key in learned if key not in known and (not key.startswith(roots) or ".lora_" in key)]
    if strange:
        raise AdapterError(
            "must be a plain LoRA of linear layers (no DoRA, no biases, no embeddings) with whole modules only in the "
            f"head, to share a pass with others. It also learned {', '.join(strange[:3])}"
            f"{f' and {len(strange) - 3} more' if len(strange) > 3 else ''}. Load it alone.",
            place=place,
        )
    return parts


def _is_head(path: str, module: ModulesToSaveWrapper) -> bool:
    """Whether a whole module lies behind the blocks, where rows can be told apart, and is stock inside."""
    is_behind = not any(part.isdigit() or "embedding" in part for part in path.split("."))
    return is_behind and not any(isinstance(part, LoraLayer) for part in module.modules())


def _is_plain(layer: Any) -> bool:
    name = layer.active_adapters[0]
    is_linear = type(layer) is LoraLinear and type(layer.base_layer) is nn.Linear and not layer.fan_in_fan_out
    return is_linear and name in layer.lora_A and not layer.lora_variant and layer.lora_B[name].bias is None


class Run(NamedTuple):
    """Tokens that are multiplied at once: `matrices` of `length` tokens each, end to end from token `first` on.

    `adapters` is (matrices,), or one number where there is one matrix.
    """

    first: int
    matrices: int
    length: int
    adapters: Tensor | int


def plan_runs(lengths: Sequence[int], adapter_of_row: Sequence[int], device: torch.device) -> tuple[Run, ...]:
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
    return tuple(
        Run(first, len(of), length, of[0] if len(of) == 1 else torch.tensor(of, device=device))
        for first, length, of in runs
    )


class Assignment:
    """Which adapter each row of one batch has.

    Args:
        lengths: (B,) tokens of each row, as they lie in the batch.
        adapter_of_row: (B,) numbers of adapters.
        tokens: of the whole batch, those that fill up or pad included.
        heads_read_tokens: whether heads see (1, tokens, hidden) of a packed batch; else axis 0 is rows.
    """

    def __init__(
        self, lengths: Sequence[int], adapter_of_row: Sequence[int], tokens: int, device: torch.device,
        *, heads_read_tokens: bool,
    ) -> None:  # fmt: skip
        self.tokens = tokens
        self.adapters = torch.tensor(adapter_of_row)
        self.head_axis = 1 if heads_read_tokens else 0
        self._lengths = torch.tensor(lengths)
        self._device = device
        self._token_runs = plan_runs(lengths, adapter_of_row, device)
        self._row_runs = plan_runs([1] * len(lengths), adapter_of_row, device)

    def runs_of(self, count: int) -> tuple[Run, ...]:
        """The runs of a layer's input with `count` vectors: all tokens, or one a row (first tokens, pooled texts)."""
        if count not in (self.tokens, len(self.adapters)):
            raise ValueError(f"a layer reads {count} vectors. Got {self.tokens} tokens in {len(self.adapters)} rows.")
        return self._token_runs if count == self.tokens else self._row_runs

    @cached_property
    def head_positions(self) -> dict[int, Tensor]:
        """Each adapter in the batch to the positions of its rows (or their tokens) on `head_axis`."""
        owner = torch.repeat_interleave(self.adapters, self._lengths) if self.head_axis else self.adapters
        return {
            adapter: torch.nonzero(owner == adapter)[:, 0].to(self._device) for adapter in set(self.adapters.tolist())
        }


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


@dataclass(frozen=True)
class StackedLora:
    """The updates of one linear layer by G adapters: a (G, rank, in); b (G, out, rank), scaling inside."""

    a: Tensor
    b: Tensor

    def add_to(self, out: Tensor, x: Tensor, runs: Sequence[Run]) -> None:
        """Adds each row's update of `x` (..., in) to `out` (..., out), in place; vectors of no run stay as they are."""
        tokens, into = x.reshape(-1, x.shape[-1]), out.view(-1, out.shape[-1])
        for first, matrices, length, adapters in runs:
            read, written = tokens[first : first + matrices * length], into[first : first + matrices * length]
            if isinstance(adapters, int):
                written.addmm_(read @ self.a[adapters].t(), self.b[adapters].t())
                continue
            a, b = self.a.index_select(0, adapters), self.b.index_select(0, adapters)
            low = torch.bmm(read.view(matrices, length, -1), a.transpose(1, 2))  # (matrices, length, rank)
            written.view(matrices, length, -1).baddbmm_(low, b.transpose(1, 2))


def stack_updates(updates: Sequence[tuple[Tensor, Tensor] | None], device: torch.device) -> StackedLora:
    """Stacks A and B of each adapter; smaller ranks are filled up with zeros, None is an adapter without an update."""
    known = [update for update in updates if update is not None]
    rank = max(len(a) for a, _ in known)
    a = torch.zeros(len(updates), rank, known[0][0].shape[1], device=device)
    b = torch.zeros(len(updates), known[0][1].shape[0], rank, device=device)
    for number, update in enumerate(updates):
        if update is not None:
            a[number, : len(update[0])] = update[0].to(device)
            b[number, :, : len(update[0])] = update[1].to(device)
    return StackedLora(a, b)


def install_adapters(model: nn.Module, adapters: Sequence[LearnedParts], device: torch.device) -> None:
    """Lets the layers and heads of a bare, frozen `model` on `device` answer to `assigned`; call it after fusing."""
    for path in dict.fromkeys(path for parts in adapters for path in parts.updates):
        layer = model.get_submodule(path)
        stacked = stack_updates([parts.updates.get(path) for parts in adapters], device)
        layer.forward = _updated(layer.forward, stacked)
    for path in dict.fromkeys(path for parts in adapters for path in parts.heads):
        head = model.get_submodule(path)
        own = {number: parts.heads[path].to(device) for number, parts in enumerate(adapters) if path in parts.heads}
        head.forward = _parted(head.forward, own)


def _updated(base_forward: Any, stacked: StackedLora) -> Any:
    def forward(x: Tensor) -> Tensor:
        runs = _current().runs_of(x.numel() // x.shape[-1])
        out: Tensor = base_forward(x)
        stacked.add_to(out, x, runs)
        return out

    return forward


def _parted(base_forward: Any, own: Mapping[int, nn.Module]) -> Any:
    """A head that reads each adapter's rows with its own module; outputs are as wide as the widest, zeros behind."""

    def forward(x: Tensor) -> Tensor:
        assignment = _current()
        axis, positions = assignment.head_axis, assignment.head_positions
        outs = {adapter: own.get(adapter, base_forward)(x.index_select(axis, at)) for adapter, at in positions.items()}
        first = next(iter(outs.values()))
        shape = [*first.shape[:-1], max(out.shape[-1] for out in outs.values())]
        shape[axis] = x.shape[axis]
        whole: Tensor = first.new_zeros(shape)
        for adapter, out in outs.items():
            whole[..., : out.shape[-1]].index_copy_(axis, positions[adapter], out)
        return whole

    return forward
