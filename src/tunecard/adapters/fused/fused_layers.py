"""Putting fused layers in the place of the stock ones' `forward`, module by module; nothing is renamed or rebuilt.

Frozen linear layers inside the encoder's blocks get a product in the compute type, plain LoRA layers a fused one, and
query, key and value that read the same input share one weight matrix. Whatever is not known here (DoRA, several active
adapters, layers that learn whole) keeps stock PEFT's forward.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from peft.tuners.lora import LoraLayer
from torch import Tensor, nn

from tunecard.adapters.fused.fused_linear import fused_linear
from tunecard.adapters.fused.low_rank import LowRank
from tunecard.encoders import inner_model, outputs_of
from tunecard.encoders.first_token import bert_like_top_layer
from tunecard.encoders.fused_blocks import fused_block_modules, install_fused_blocks
from tunecard.encoders.keep_mask import install_cheap_dropout

# Projections of one input, by the names that transformers gives them.
SIBLINGS = (("query", "key", "value"), ("q_lin", "k_lin", "v_lin"), ("q_proj", "k_proj", "v_proj"))


def fuse_layers(model: nn.Module, compute_dtype: torch.dtype = torch.float32) -> int:
    """Fuses what can be fused; frozen weights inside blocks are stored in `compute_dtype` from then on.

    Args:
        model: with or without a PEFT adapter. Trainable parameters stay in fp32.
    Returns: how many linear layers are fused.
    """
    install_cheap_dropout(model)
    install_fused_blocks(model)
    fused = 0
    taken: set[int] = set()
    for parent, names in sibling_groups(model):
        members = [getattr(parent, name) for name in names]
        _install(members, compute_dtype)
        taken.update(id(part) for member in members for part in member.modules())
        fused += len(members)
    for module in linear_layers_in_blocks(model):
        if id(module) not in taken and is_fusable(module):
            _install([module], compute_dtype)
            taken.update(id(part) for part in module.modules())
            fused += 1
    return fused


def unfuse_layers(model: nn.Module) -> None:
    """Gives every module its stock forward back; weights stay in the type they have."""
    for module in model.modules():
        if isinstance(module, nn.Dropout | nn.Linear | LoraLayer):
            module.__dict__.pop("forward", None)
    for module in fused_block_modules(model):
        module.__dict__.pop("forward", None)


class FusedProjections:
    """Neighbouring projections of one input behind one product; the first one asked computes for all."""

    def __init__(self, members: list[nn.Module], compute_dtype: torch.dtype) -> None:
        bases = [_base_of(member) for member in members]
        self.members = members
        self.sizes = [base.out_features for base in bases]
        self.weight = _joined_weights([base.weight for base in bases], compute_dtype)
        biases = [base.bias for base in bases]
        self.bias = None if biases[0] is None else _joined_weights(biases, compute_dtype)
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
        updates, start = [], 0
        for member, size in zip(self.members, self.sizes, strict=True):
            update = update_of(member, start, start + size)
            if update is not None:
                updates.append(update)
            start += size
        return fused_linear(x, self.weight, self.bias, self.sizes, updates)


def _install(members: list[nn.Module], compute_dtype: torch.dtype) -> None:
    fused = FusedProjections(members, compute_dtype)
    for number, member in enumerate(members):
        stock = type(member).forward
        member.forward = forward_of(fused, number, member, stock)


def forward_of(fused: FusedProjections, number: int, member: nn.Module, stock: Any) -> Any:
    def forward(x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        if args or kwargs or not is_fusable(member):  # merged, switched off, or called in another way
            plain: Tensor = stock(member, x, *args, **kwargs)
            return plain
        return fused.part(number, x)

    return forward


def _joined_weights(parameters: list[Any], compute_dtype: torch.dtype) -> Tensor:
    """One tensor of all parameters' rows, of which they become views: nothing is stored twice."""
    if len(parameters) == 1:
        parameters[0].data = parameters[0].data.to(compute_dtype)
        only: Tensor = parameters[0].detach()
        return only
    joined = torch.cat([parameter.detach().to(compute_dtype) for parameter in parameters])
    start = 0
    for parameter in parameters:
        parameter.data = joined[start : start + len(parameter)]
        start += len(parameter)
    return joined


def update_of(member: nn.Module, start: int, stop: int) -> LowRank | None:
    if not isinstance(member, LoraLayer):
        return None
    name = member.active_adapters[0]
    dropout: Any = member.lora_dropout[name]
    p = float(dropout.p) if member.training and isinstance(dropout, nn.Dropout) else 0.0
    a: Any = member.lora_A[name].weight
    b: Any = member.lora_B[name].weight
    return LowRank(start, stop, a, b, float(member.scaling[name]), p)


def _base_of(module: nn.Module) -> nn.Linear:
    base: Any = module.base_layer if isinstance(module, LoraLayer) else module
    return base  # type: ignore[no-any-return]


def is_fusable(module: Any) -> bool:
    """A frozen linear layer, or one under a single plain low-rank update that is in force."""
    if type(module) is nn.Linear:
        return _is_frozen(module)
    if not isinstance(module, LoraLayer) or type(module.base_layer) is not nn.Linear:
        return False
    active = module.active_adapters
    return (
        len(active) == 1
        and active[0] in module.lora_A
        and not module.lora_variant
        and not module.merged
        and not module.disable_adapters
        and not getattr(module, "fan_in_fan_out", False)
        and module.lora_B[active[0]].bias is None
        and _is_frozen(module.base_layer)
    )


def _is_frozen(layer: nn.Linear) -> bool:
    return not any(parameter.requires_grad for parameter in layer.parameters(recurse=False))


def linear_layers_in_blocks(model: nn.Module) -> Iterator[nn.Module]:
    for name, module in model.named_modules():
        is_linear = isinstance(module, nn.Linear) or isinstance(module, LoraLayer)  # noqa: SIM101 - mypy joins them wrongly
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
            if all(member is not None and is_fusable(member) for member in members) and any(
                part.isdigit() for part in name.split(".")
            ):
                yield parent, names
