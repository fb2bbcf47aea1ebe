"""The lower and the upper part of an encoder, run apart: what enters block k, and the rest of the model from there.

The model stays an unmodified transformers model. For the length of one call the blocks of the other part get an
instance-level `forward` that hands on what it is given; nothing is renamed, rebuilt or left behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MethodType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from tunecard.encoders.outputs import inner_model
from tunecard.encoders.packed_batch import PackedBatch
from tunecard.encoders.packed_forward import forward_packed

Forward = Callable[..., Tensor]


def encoder_blocks(model: nn.Module) -> nn.ModuleList:
    """The blocks of an encoder, lowest first.

    Raises: ValueError: there is no list with one module a layer (weights shared between layers, for instance).
    """
    return _find_blocks(model)[1]


def blocks_name(model: nn.Module) -> str:
    """Where the blocks lie in the encoder, e.g. "encoder.layer". Raises: ValueError: as `encoder_blocks`."""
    return _find_blocks(model)[0]


def lowest_trained_layer(model: nn.Module) -> int:
    """How many blocks lie below the lowest one that holds anything trainable.

    0 where embeddings learn, too; all of them where nothing in a block learns.
    """
    encoder: Any = inner_model(model).base_model
    blocks = encoder_blocks(model)
    block_of = {id(parameter): k for k, block in enumerate(blocks) for parameter in block.parameters()}
    own = [id(parameter) for parameter in inner_model(model).parameters()]
    encoders_own = [id(parameter) for parameter in encoder.parameters()]
    # A module that is registered before the blocks feeds them; poolers, last norms and heads come behind.
    first = next(place for place, name in enumerate(encoders_own) if name in block_of)
    feeding = set(encoders_own[:first])
    trained = {id(parameter) for parameter in model.parameters() if parameter.requires_grad}
    if trained & feeding or not trained.issubset(own):
        return 0
    return min((block_of[name] for name in trained if name in block_of), default=len(blocks))


def states_below(model: nn.Module, batch: PackedBatch, layers: int) -> Tensor:
    """(tokens of rows, hidden) what enters block `layers` (what leaves the last one, where there is no such block).

    Args:
        model: packed (`enable_packing`); in evaluation mode, if the states are to be used more than once.
        layers: blocks to run, 1 or more.
    """
    blocks = encoder_blocks(model)
    caught: list[Tensor] = []
    top = blocks[layers - 1]
    # A top layer that computes first tokens only would not give the states of the others.
    forwards: dict[nn.Module, Forward] = {top: MethodType(type(top).forward, top)}
    forwards.update((block, _hand_on) for block in blocks[layers:])
    hook = top.register_forward_hook(lambda module, inputs, output: caught.append(output))
    try:
        with _swapped(forwards):
            forward_packed(model, batch)
    finally:
        hook.remove()
    if not isinstance(caught[0], Tensor):
        raise TypeError(f"{type(top).__name__} gives {type(caught[0]).__name__}, not hidden states alone")
    return caught[0][0, : batch.real_tokens]


def forward_from_prefix(model: nn.Module, batch: PackedBatch, states: Tensor, layers: int | None = None) -> Tensor:
    """Logits as of `forward_packed`, with the lower blocks skipped.

    Args:
        model: packed; blocks from `layers` on, norms, poolers and heads compute as ever, with gradients.
        states: (tokens of rows, hidden) what enters block `layers`, rows in the order of `batch.rows`.
        layers: blocks to skip; the default is `lowest_trained_layer(model)`.
    Raises: ValueError: `states` are those of another batch, or nothing is to be skipped.
    """
    skipped = lowest_trained_layer(model) if layers is None else layers
    if skipped < 1:
        raise ValueError("the lowest block learns: there is nothing to skip")
    if len(states) != batch.real_tokens:
        raise ValueError(f"states of {batch.real_tokens} tokens are needed, got those of {len(states)}")
    blocks = encoder_blocks(model)
    entering = functional.pad(states, (0, 0, 0, len(batch.tokens) - len(states)))[None]  # (1, T, hidden)
    forwards: dict[nn.Module, Forward] = dict.fromkeys(blocks[:skipped], _hand_on)
    forwards[blocks[0]] = lambda hidden_states, *args, **kwargs: entering.to(hidden_states.dtype)
    with _swapped(forwards):
        return forward_packed(model, batch)


def _find_blocks(model: nn.Module) -> tuple[str, nn.ModuleList]:
    inner = inner_model(model)
    for name, module in inner.base_model.named_modules():
        if isinstance(module, nn.ModuleList) and len(module) == getattr(inner.config, "num_hidden_layers", None):
            return name, module
    raise ValueError(f"{type(inner).__name__} has no list of blocks, one a layer")


def _hand_on(hidden_states: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    return hidden_states


@contextmanager
def _swapped(forwards: Mapping[nn.Module, Forward]) -> Iterator[None]:
    """Gives modules another `forward` and puts back what they had, be it their class's or their own."""
    before = {module: module.__dict__.get("forward") for module in forwards}
    try:
        for module, forward in forwards.items():
            module.__dict__["forward"] = forward
        yield
    finally:
        for module, own in before.items():
            module.__dict__.pop("forward", None)
            if own is not None:
                module.__dict__["forward"] = own


def block_dtype(model: nn.Module) -> torch.dtype:
    """The type that products inside blocks are computed in: the shortest that weights there are stored in."""
    stored = {parameter.dtype for parameter in encoder_blocks(model)[0].parameters()}
    return min(stored, key=lambda dtype: dtype.itemsize)
