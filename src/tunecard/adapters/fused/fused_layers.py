"""Putting fused layers in the place of the stock ones' `forward`, module by module; nothing is renamed or rebuilt.

Frozen linear layers inside the encoder's blocks get a product in the compute type, layers under an update of a known
kind (`kinds.py`) a fused one, and query, key and value that read the same input share one weight matrix. Whatever is
not known (several active adapters, layers that learn whole) keeps stock PEFT's forward.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from peft.tuners.tuners_utils import BaseTunerLayer
from torch import Tensor, nn

from tunecard.adapters.fused.freezing import Storage, freeze, is_small, round_in_place
from tunecard.adapters.fused.frozen_weight import HELD, FrozenWeight, Stored, without_bias
from tunecard.adapters.fused.fused_linear import fused_linear
from tunecard.adapters.fused.kinds import (
    adds_bias_last,
    dropped_inputs,
    factors_of,
    has_factors,
    input_factors_of,
    is_frozen,
    is_fusable,
    is_joinable,
    reads_weight,
    update_of,
)
from tunecard.adapters.fused.whole_blocks import install_whole_blocks, remove_whole_blocks
from tunecard.adapters.methods.registry import method_of
from tunecard.encoders import inner_model, outputs_of
from tunecard.encoders.first_token import bert_like_top_layer
from tunecard.encoders.fused_blocks import fused_block_modules, install_fused_blocks
from tunecard.encoders.keep_mask import install_cheap_dropout

# Projections of one input, by the names that transformers gives them.
SIBLINGS = (("query", "key", "value"), ("q_lin", "k_lin", "v_lin"), ("q_proj", "k_proj", "v_proj"))


def fuse_layers(model: nn.Module, compute_dtype: torch.dtype = torch.float32, stored: Stored = "full") -> int:
    """Fuses what can be fused; frozen weights inside blocks are stored in `compute_dtype`, or smaller, from then on.

    Args:
        model: with or without a PEFT adapter. Trainable parameters stay in fp32.
        stored: "full", or how frozen weights are stored smaller. Only a base that is loaded anew is whole again.
    Returns: how many linear layers are fused.
    """
    storage = Storage(compute_dtype, stored)
    remove_whole_blocks(model)  # they hold weights that may be stored in another way now
    fuse_blocks(model)
    fused = 0
    taken: set[int] = set()
    for parent, names in sibling_groups(model):
        members = [getattr(parent, name) for name in names]
        if not all(_takes(member, storage) for member in members):
            continue
        _install(members, storage)
        taken.update(id(part) for member in members for part in member.modules())
        fused += len(members)
    taken |= _read_by_methods(model)
    for module in linear_layers_in_blocks(model):
        if id(module) not in taken and is_fusable(module):
            _install([module], storage if _takes(module, storage) else _rounded_whole(module, storage))
            taken.update(id(part) for part in module.modules())
            fused += 1
    shrink_layers(model, storage)
    install_whole_blocks(model)
    return fused


def fuse_blocks(model: nn.Module) -> None:
    """Fuses only what stands between linear layers, for whoever computes these in another way."""
    install_cheap_dropout(model)
    install_fused_blocks(model)


def shrink_layers(model: nn.Module, storage: Storage) -> None:
    """Stores frozen linear layers inside blocks smaller, where nothing else computes them: their forward alone changes.

    Layers under an update that may read their weight itself get its values, and no smaller place.
    """
    if storage.stored == "full":
        return
    tuners = [module for module in model.modules() if isinstance(module, BaseTunerLayer)]
    updates = {id(part) for tuner in tuners for part in tuner.modules()}
    read_by_others = {id(tuner.base_layer) for tuner in tuners if not _takes(tuner, storage)}
    updates -= {id(tuner.base_layer) for tuner in tuners}  # what an update is made of is the adapter's own
    for module in linear_layers_in_blocks(model):
        if type(module) is not nn.Linear or HELD in module.__dict__ or not is_frozen(module) or id(module) in updates:
            continue
        if id(module) in read_by_others:
            round_in_place(module, storage)
        else:
            _hold(module, freeze([module], storage))


def _takes(module: nn.Module, storage: Storage) -> bool:
    """Whether it is computed fused: what reads the weight itself must find it whole."""
    return is_fusable(module) and (storage.stored == "full" or not reads_weight(module))


def _rounded_whole(module: nn.Module, storage: Storage) -> Storage:
    """Gives a layer whose weight is read by its update the values that it would have if it were stored smaller; and how
    it is stored: whole."""
    round_in_place(_base_of(module), storage)
    return Storage(storage.compute)


def unfuse_layers(model: nn.Module) -> None:
    """Gives every module its stock forward back; weights stay in the type they have."""
    remove_whole_blocks(model)
    for module in model.modules():
        if isinstance(module, nn.Dropout | nn.Linear | BaseTunerLayer):
            module.__dict__.pop("forward", None)
            module.__dict__.pop(HELD, None)
    for module in fused_block_modules(model):
        module.__dict__.pop("forward", None)


class FusedProjections:
    """Neighbouring projections of one input behind one product; the first one asked computes for all."""

    def __init__(self, members: list[nn.Module], storage: Storage) -> None:
        bases = [_base_of(member) for member in members]
        self.members = members
        self.sizes = [base.out_features for base in bases]
        self.is_scaled = any(map(has_factors, members))
        self.adds_bias = any(map(adds_bias_last, members))
        self.weight = freeze(bases, storage)
        start = 0
        for base, size in zip(bases, self.sizes, strict=True):
            # What asks the base alone, as stock PEFT does where adapters are switched off, must not meet codes either.
            _hold(base, self.weight, (start, start + size))
            start += size
        self.waiting: dict[int, Tensor] = {}
        self.read: Tensor | None = None

    def part(self, number: int, x: Tensor) -> Tensor:
        """The output of member `number` for input `x`."""
        if len(self.members) == 1:
            return self._compute(x)[0]
        if self.read is not x or number not in self.waiting:
            self.waiting = dict(enumerate(self._compute(x)))
            self.read = x
        part = self.waiting.pop(number)
        if not self.waiting:
            self.read = None  # nothing may outlive the step
        return part

    def _compute(self, x: Tensor) -> tuple[Tensor, ...]:
        first = self.members[0]
        factors = input_factors_of(first)
        x = x if factors is None else x * factors
        dropped = dropped_inputs(first, x)
        if dropped is None:
            return self._scaled(self._products(x))
        # DoRA's own product reads what dropout left, the frozen one all of it (peft.tuners.lora.variants).
        rest = fused_linear(x - dropped, without_bias(self.weight), self.sizes, ())
        return tuple(map(torch.add, self._scaled(self._products(dropped)), rest))

    def _products(self, x: Tensor) -> tuple[Tensor, ...]:
        updates, start = [], 0
        for member, size in zip(self.members, self.sizes, strict=True):
            update = update_of(member, start, start + size)
            if update is not None:
                updates.append(update)
            start += size
        return fused_linear(x, without_bias(self.weight) if self.adds_bias else self.weight, self.sizes, updates)

    def _scaled(self, parts: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Products with the factors of their outputs, and the bias where that comes last."""
        if not self.is_scaled:
            return parts
        bias = self.weight.bias if self.adds_bias else None
        biases = [None] * len(parts) if bias is None else torch.split(bias, self.sizes)
        return tuple(map(_scale, self.members, parts, biases))


def _scale(member: nn.Module, part: Tensor, bias: Tensor | None) -> Tensor:
    factors = factors_of(member)
    scaled = part if factors is None else (part * factors).to(part.dtype)
    return scaled if bias is None else scaled + bias


def _install(members: list[nn.Module], storage: Storage) -> None:
    fused = FusedProjections(members, storage)
    for number, member in enumerate(members):
        stock = type(member).forward
        member.forward = forward_of(fused, number, member, stock)


def _hold(layer: nn.Linear, weight: FrozenWeight, part: tuple[int, int] | None = None) -> None:
    """Notes what a layer is stored as; where its stock forward could not multiply that, it gets another one."""
    layer.__dict__[HELD] = weight
    if not is_small(layer):
        return
    own = weight if part is None else weight.rows(*part)

    def forward(x: Tensor) -> Tensor:
        return fused_linear(x, own, [layer.out_features], [])[0]

    layer.__dict__["forward"] = forward


def forward_of(fused: FusedProjections, number: int, member: nn.Module, stock: Any) -> Any:
    def forward(x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        if args or kwargs or not is_fusable(member):  # merged, switched off, or called in another way
            plain: Tensor = stock(member, x, *args, **kwargs)
            return plain
        return fused.part(number, x)

    return forward


def _base_of(module: nn.Module) -> nn.Linear:
    base: Any = module.base_layer if isinstance(module, BaseTunerLayer) else module
    return base  # type: ignore[no-any-return]


def _read_by_methods(model: Any) -> set[int]:
    """Ids of layers whose weights a method computes with: they stay as PEFT has them, in their type."""
    methods = [method_of(config.to_dict()) for config in getattr(model, "peft_config", {}).values()]
    if not any(method and method.reads_weights for method in methods):
        return set()
    wrapped: list[Any] = [module for module in model.modules() if isinstance(module, BaseTunerLayer)]
    return {id(part) for module in wrapped for part in module.modules()}


def linear_layers_in_blocks(model: nn.Module) -> Iterator[nn.Module]:
    for name, module in model.named_modules():
        is_linear = isinstance(module, nn.Linear) or isinstance(module, BaseTunerLayer)  # noqa: SIM101 - mypy joins them wrongly
        if is_linear and any(part.isdigit() for part in name.split(".")):
            yield module


def _narrowed_attention(model: nn.Module) -> nn.Module | None:
    """The attention of the top layer where it computes first tokens only."""
    inner: Any = inner_model(model) if hasattr(model, "get_base_model") or hasattr(model, "base_model") else None
    layer = bert_like_top_layer(inner) if inner is not None and outputs_of(inner).head_reads_sequences else None
    return None if layer is None else layer.attention.self


def sibling_groups(model: nn.Module) -> Iterator[tuple[nn.Module, tuple[str, ...]]]:
    """Parents with query, key and value that can all be fused."""
    asks_alone = _narrowed_attention(model)
    for name, parent in model.named_modules():
        for siblings in SIBLINGS:
            # Where only first tokens ask, the query reads another input than key and value do.
            names = siblings[1:] if parent is asks_alone else siblings
            members = [getattr(parent, child, None) for child in names]
            if all(member is not None and is_fusable(member) and is_joinable(member) for member in members) and any(
                part.isdigit() for part in name.split(".")
            ):
                yield parent, names
