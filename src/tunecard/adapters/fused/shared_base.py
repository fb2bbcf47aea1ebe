"""Several models on one frozen base: their rows go through the first of them together, each row by its own weights.

The first model is the host. Frozen products are computed once for the tokens of all; low-rank updates and heads of
every model work on its own tokens. Gradients end in each model's own parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import Any, NamedTuple

import torch
from peft.tuners.lora import LoraLayer
from peft.utils import ModulesToSaveWrapper
from torch import Tensor, nn

from tunecard.adapters import trainable_state
from tunecard.adapters.fused.freezing import Storage
from tunecard.adapters.fused.fused_layers import (
    FusedProjections,
    forward_of,
    linear_layers_in_blocks,
    sibling_groups,
)
from tunecard.adapters.fused.fused_linear import fused_linear
from tunecard.adapters.fused.kinds import is_fusable, is_plain_lora, update_of
from tunecard.adapters.fused.low_rank import LowRank
from tunecard.adapters.fused.whole_blocks import install_whole_blocks, remove_whole_blocks
from tunecard.encoders import PackedBatch, forward_packed, inner_model, outputs_of
from tunecard.encoders.keep_mask import install_cheap_dropout


class Span(NamedTuple):
    """The rows of model `number` in a joint batch: neighbours, as are their tokens."""

    number: int
    first_row: int
    last_row: int
    first_token: int
    last_token: int

    def of_texts(self) -> slice:
        """Its rows in (B, ...)."""
        return slice(self.first_row, self.last_row)

    def of_tokens(self) -> slice:
        """Its tokens in (T, ...)."""
        return slice(self.first_token, self.last_token)


_spans: ContextVar[Sequence[Span]] = ContextVar("spans of a joint pass", default=())


def why_not_shared(models: Sequence[nn.Module]) -> str | None:
    """Why models cannot be computed over one base, or None."""
    host = models[0]
    updated = {id(weight) for _, layer in _updated_layers(host) for weight in _learned_of(layer)}
    roots = [host.get_submodule(name) for name in head_roots(host)]
    updated |= {id(weight) for root in roots for weight in root.parameters()}
    others = [name for name, weight in trainable_state(host).items() if id(weight) not in updated]
    if others:
        return f"{others[0]} learns, which is neither a plain low-rank update nor part of a head"
    for model in models[1:]:
        if trainable_state(model).keys() != trainable_state(host).keys():
            return "the models learn different weights"
        mine, its = _frozen(host), _frozen(model)
        if mine.keys() != its.keys() or not all(torch.equal(mine[name], its[name]) for name in mine):
            return "the models stand on different bases"
    return None


def share_frozen(host: nn.Module, model: nn.Module) -> None:
    """Lets the frozen weights of `model` be those of `host`: in memory once."""
    own = _frozen(model)
    for name, weight in _frozen(host).items():
        own[name].data = weight.data


@contextmanager
def lent_weights(host: nn.Module, model: nn.Module) -> Iterator[None]:
    """`host` computes with what `model` learned; for a time, and without gradients."""
    mine, its = trainable_state(host), trainable_state(model)
    before = {name: weight.data for name, weight in mine.items()}
    try:
        for name, weight in mine.items():
            weight.data = its[name].data
        yield
    finally:
        for name, weight in mine.items():
            weight.data = before[name]


class SharedBase:
    """Models over one base. `models[0]` is the host; it must be packed and fused, the others plain.

    Attributes:
        models: the same method on the same base, `why_not_shared` gave no reason.
    """

    def __init__(self, models: Sequence[nn.Module]) -> None:
        self.models = list(models)
        self.host = self.models[0]
        remove_whole_blocks(self.host)  # every layer has several updates from here on
        self._layers = self._install_layers()
        self._heads = self._install_heads()
        for model in self.models[1:]:
            share_frozen(self.host, model)
            install_cheap_dropout(model)

    def forward(self, batch: PackedBatch, spans: Sequence[Span]) -> Tensor:
        """Logits of a joint batch, as of `forward_packed`; every row by the model whose span it lies in."""
        token = _spans.set(spans)
        try:
            return forward_packed(self.host, batch)
        finally:
            _spans.reset(token)

    def close(self) -> None:
        """Leaves the host a model of its own, still packed and fused."""
        for layer in self._layers:
            layer.members_of = [layer.members]
        for head in self._heads:
            head.__dict__.pop("forward", None)
        install_whole_blocks(self.host)

    def _install_layers(self) -> list[_SharedLayer]:
        names = {id(module): name for name, module in self.host.named_modules()}
        layers = []
        for members in _layer_groups(self.host):
            paths = [names[id(member)] for member in members]
            of_others = [[model.get_submodule(path) for path in paths] for model in self.models[1:]]
            layer = _SharedLayer(members, of_others)
            for number, member in enumerate(members):
                member.__dict__["forward"] = forward_of(layer, number, member, type(member).forward)
            layers.append(layer)
        return layers

    def _install_heads(self) -> list[nn.Module]:
        heads = []
        for name in head_roots(self.host):
            own = self.host.get_submodule(name)
            others = [model.get_submodule(name) for model in self.models[1:]]
            own.__dict__["forward"] = _forward_of_heads(
                [own.forward, *others], outputs_of(self.host).head_reads_sequences
            )
            heads.append(own)
        return heads


class _SharedLayer(FusedProjections):
    """A fused layer that applies every model's update to the tokens of its span; outside of joint passes the host's."""

    def __init__(self, members: list[nn.Module], of_others: list[list[nn.Module]]) -> None:
        super().__init__(members, Storage(_weight_of(members[0]).dtype))
        self.members_of = [members, *of_others]

    def _compute(self, x: Tensor) -> tuple[Tensor, ...]:
        spans = _spans.get()
        if not spans:
            return super()._compute(x)
        # A top layer that computes first tokens only asks for one token a row.
        is_narrow = x.shape[1] == spans[-1].last_row and x.shape[1] != spans[-1].last_token
        updates = [
            update
            for span in spans
            for update in self._updates(span.number, span.of_texts() if is_narrow else span.of_tokens())
        ]
        return fused_linear(x, self.weight, self.sizes, updates)

    def _updates(self, number: int, tokens: slice) -> Iterator[LowRank]:
        start = 0
        for member, size in zip(self.members_of[number], self.sizes, strict=True):
            update = update_of(member, start, start + size)
            if update is not None:
                yield replace(update, tokens=tokens)
            start += size


def head_roots(model: nn.Module) -> list[str]:
    """Paths of the largest modules behind the encoder that learn whole (PEFT's wrappers, where there are any)."""
    encoder: Any = inner_model(model).base_model
    pooler = getattr(encoder, "pooler", None)
    inside = {id(module) for module in encoder.modules()}
    inside -= {id(module) for module in (pooler.modules() if pooler is not None else ())}
    roots: list[str] = []
    for name, module in model.named_modules():
        weights = list(module.parameters())
        is_whole = isinstance(module, ModulesToSaveWrapper) or (bool(weights) and all(w.requires_grad for w in weights))
        is_update = any(part.startswith("lora_") for part in name.split("."))
        is_part = any(name.startswith(root + ".") for root in roots)
        if name and is_whole and not is_update and not is_part and id(module) not in inside:
            roots.append(name)
    return roots


def _forward_of_heads(heads: list[Callable[..., Tensor]], of_texts: bool) -> Callable[..., Tensor]:
    def forward(x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        spans = _spans.get()
        if not spans:
            return heads[0](x, *args, **kwargs)
        # Rows of texts come one by one, (B, ...); tokens in one row, (1, T, hidden), with those that fill up behind.
        stops = [span.last_row if of_texts else span.last_token for span in spans]
        count = len(x) if of_texts else x.shape[1]
        if stops[-1] > count:
            raise ValueError(f"a head of several seeds read {count} rows or tokens of {stops[-1]}")
        stops[-1] = count
        parts, start = [], 0
        for span, stop in zip(spans, stops, strict=True):
            own = x[start:stop] if of_texts else x[:, start:stop]
            parts.append(heads[span.number](own, *args, **kwargs))
            start = stop
        return torch.cat(parts, 0 if of_texts else 1)

    return forward


def _layer_groups(model: nn.Module) -> Iterator[list[nn.Module]]:
    """Layers with updates, those that read one input together: as `fuse_layers` groups them."""
    taken: set[int] = set()
    for parent, names in list(sibling_groups(model)):
        members = [getattr(parent, name) for name in names]
        taken.update(id(part) for member in members for part in member.modules())
        if any(isinstance(member, LoraLayer) for member in members):
            yield members
    for module in list(linear_layers_in_blocks(model)):
        if id(module) not in taken and isinstance(module, LoraLayer) and is_fusable(module):
            yield [module]


def _updated_layers(model: nn.Module) -> Iterator[tuple[int, Any]]:
    for group in _layer_groups(model):
        for number, member in enumerate(group):
            if is_plain_lora(member):
                yield number, member


def _learned_of(layer: Any) -> tuple[nn.Parameter, nn.Parameter]:
    name = layer.active_adapters[0]
    return layer.lora_A[name].weight, layer.lora_B[name].weight


def _weight_of(member: Any) -> Tensor:
    weight: Tensor = getattr(member, "base_layer", member).weight
    return weight


def _frozen(model: nn.Module) -> dict[str, nn.Parameter]:
    """What models on one base have alike; not PEFT's copy of the head as it was drawn, which nothing computes with."""
    return {
        name: weight
        for name, weight in model.named_parameters()
        if not weight.requires_grad and ".original_module." not in name
    }
