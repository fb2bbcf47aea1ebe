"""Layers built as BERT's are, each computed by one kernel forward and one backward, where nothing asks for more.

A layer gets an instance-level `forward` that takes the kernel while packed rows go through, all of its linear layers
are frozen, and what learns in it are low-rank updates; else it hands on to the `forward` it had, whose parts are fused
one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple, TypeGuard

import torch
from torch import Tensor, nn
from transformers.activations import GELUActivation

from tunecard.adapters.fused.frozen_weight import HELD, DenseWeight, FrozenWeight, factors
from tunecard.adapters.fused.int8_products import Int8Products
from tunecard.adapters.fused.kinds import has_factors, input_factors_of, is_fusable, update_of
from tunecard.adapters.fused.products import multiplies_itself
from tunecard.encoders import inner_model
from tunecard.encoders.bert_like import bert_like_layers, ends_in_norm
from tunecard.encoders.packed_forward import current_layout
from tunecard.encoders.packed_layout import PackedLayout
from tunecard.kernels import has_kernels
from tunecard.kernels.block import (
    Block,
    FrozenLayer,
    LearnedUpdate,
    Norm,
    Rows,
    run_block,
    takes_block,
)

PATHS = (
    "attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
    "intermediate.dense", "output.dense",
)  # fmt: skip
NORMS = ("attention.output", "output")


def install_whole_blocks(model: nn.Module) -> None:
    """Lets every layer that can be computed whole be so; its parts are fused already (`fuse_layers`)."""
    remove_whole_blocks(model)
    layers = bert_like_layers(inner_model(model))
    narrow = layers[-1] if layers and "forward" in layers[-1].__dict__ else None
    for layer in layers:
        whole = WholeBlock(layer, asks_first=layer is narrow)
        if whole.is_possible:
            layer.__dict__["forward"] = whole.forward


def remove_whole_blocks(model: nn.Module) -> None:
    """Gives layers the `forward` back that they had."""
    for layer in bert_like_layers(inner_model(model)):
        whole = getattr(layer.__dict__.get("forward"), "__self__", None)
        if isinstance(whole, WholeBlock):
            whole.remove()


class Normed(NamedTuple):
    """A norm, and the dropout of what it adds to the residual."""

    LayerNorm: Any
    dropout: Any


class WholeBlock:
    """One layer, and the `forward` it had.

    Args:
        layer: built as BERT's are, its linear layers fused.
        asks_first: while rows are packed for a head that reads sequences, only the first token of each is computed.
    """

    def __init__(self, layer: Any, *, asks_first: bool) -> None:
        self.layer, self.asks_first = layer, asks_first
        self.before: Callable[..., Tensor] | None = layer.__dict__.get("forward")
        self.stock: Callable[..., Tensor] = layer.forward
        parts = dict(layer.named_modules())
        self.parts = [part for path, part in parts.items() if path]
        self.members: list[Any] = [parts[path] for path in PATHS]
        self.bases = [getattr(member, "base_layer", member) for member in self.members]
        self.forwards = [member.__dict__.get("forward") for member in self.members]
        self.norms = [Normed(parts[path].LayerNorm, parts[path].dropout) for path in NORMS]
        self.places = _places_of(layer, (*PATHS, *(f"{path}.{part}" for path in NORMS for part in Normed._fields)))
        self._made: dict[bool, Sequence[FrozenLayer] | None] = {}  # by whether first tokens ask

    @cached_property
    def is_possible(self) -> bool:
        """Whether the kernel has this layer's measures and types, whatever learns in it."""
        act = self.layer.intermediate.intermediate_act_fn
        is_exact = type(act) is GELUActivation and act.act is nn.functional.gelu
        is_cut = getattr(self.layer, "chunk_size_feed_forward", 0) or getattr(self.layer, "is_decoder", False)
        ends = all(ends_in_norm(self.layer.get_submodule(path)) for path in NORMS)
        ends = ends and all(norm.LayerNorm.bias is not None for norm in self.norms)
        held = [base.__dict__.get(HELD) for base in self.bases]
        if is_cut or not (is_exact and ends and all(isinstance(one, DenseWeight | Int8Products) for one in held)):
            return False
        attention = self.layer.attention.self
        width, inner = self.bases[3].out_features, self.bases[4].out_features
        codes = {weight.codes.dtype for weight in held}
        return (
            len(codes) == 1
            and has_kernels(held[0].codes.device, held[0].dtype)
            and multiplies_itself(codes.pop())
            and self.bases[0].out_features == width
            and takes_block(width, inner, attention.attention_head_size)
        )

    def remove(self) -> None:
        """Puts the `forward` back that the layer had; nothing holds this block, and what it holds, any more."""
        self.layer.__dict__.pop("forward", None)
        if self.before is not None:
            self.layer.__dict__["forward"] = self.before

    def forward(self, hidden_states: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        """(1, T, width) to (1, T, width), or (1, B, width) of first tokens."""
        layout = current_layout()
        asks_first = self.asks_first and layout is not None and not layout.keeps_every_token
        block = None
        if layout is not None and self._takes(hidden_states, layout):
            block = self._block(asks_first=asks_first)
        if layout is None or block is None:
            return self.stock(hidden_states, *args, **kwargs)
        layout.is_narrow |= asks_first
        return run_block(hidden_states[0], block, Rows(layout.batch.starts, asks_first))[None]

    def _takes(self, hidden_states: Tensor, layout: PackedLayout) -> bool:
        """What may change from call to call: rows, adapters, what learns, and who looks on."""
        return (
            hidden_states.dtype == torch.float32
            and hidden_states.device.type == "cpu"
            and len(hidden_states) == 1
            and self._is_as_it_was()
            and all(map(_is_plain, self.members))
            and not any(map(_is_watched, self.parts))
            and all(_is_frozen_fp32(weight) for norm in self.norms for weight in norm.LayerNorm._parameters.values())
        )

    def _is_as_it_was(self) -> bool:
        """Whether nobody has put another layer or another `forward` in the place of one."""
        return all(modules.get(name) is module for modules, name, module in self.places) and all(
            member.__dict__.get("forward") is forward
            for member, forward in zip(self.members, self.forwards, strict=True)
        )

    def _block(self, *, asks_first: bool) -> Block | None:
        """What the kernel computes with; None where it cannot."""
        frozen, updates = self._frozen(asks_first=asks_first), [_learned(member) for member in self.members]
        learned = [part for update in updates if update is not None for part in (update.a, update.b)]
        if frozen is None or any(part.dtype != torch.float32 for part in learned):
            return None
        attention = self.layer.attention.self
        held: FrozenWeight = self.bases[0].__dict__[HELD]
        return Block(
            layers=frozen,
            updates=updates,
            norms=[_norm(norm) for norm in self.norms],
            heads=attention.num_attention_heads,
            dtype=held.dtype,
            scaling=attention.scaling,
            p=attention.dropout.p if attention.training else 0.0,
        )

    def _frozen(self, *, asks_first: bool) -> Sequence[FrozenLayer] | None:
        """The layers as the kernel reads them; made again when a weight or a bias is another, None where they do not
        lie as it wants them."""
        held: list[Any] = [base.__dict__.get(HELD) for base in self.bases]
        if None in held:
            return None
        places = tuple(
            (base.weight.data_ptr(), id(weight), _state_of(weight.bias))
            for base, weight in zip(self.bases, held, strict=True)
        )
        if places != self._made_of:
            made = [_frozen_layer(base) for base in self.bases]
            self._made = {asking: made if _are_neighbours(made, int(asking)) else None for asking in (False, True)}
            self._made_of = places
            for weight in held:
                weight.multiplied = factors(weight.codes, weight.codes)
        return self._made[asks_first]

    _made_of: tuple[Any, ...] = ()


def _places_of(layer: nn.Module, paths: Sequence[str]) -> list[tuple[dict[str, Any], str, nn.Module]]:
    """Where the modules of these paths hang, and those between: a name in the dictionary of each one's parent."""
    known = {path.rpartition(".")[0] for path in paths} | set(paths)
    known |= {path.partition(".")[0] for path in paths}
    found = []
    for path in sorted(known - {""}):
        parent, _, name = path.rpartition(".")
        modules: Any = layer.get_submodule(parent)._modules
        found.append((modules, name, modules[name]))
    return found


def _state_of(bias: Tensor | None) -> tuple[int, int] | None:
    """What changes when a bias is another one, or is written to."""
    return None if bias is None else (bias.data_ptr(), 0 if bias.is_inference() else bias._version)


def _is_plain(member: Any) -> bool:
    """Whether nothing but a frozen product and a low-rank update is asked of a layer now."""
    return bool(
        is_fusable(member)
        and not has_factors(member)
        and input_factors_of(member) is None
        and "forward" in member.__dict__
    )


def _is_watched(module: nn.Module) -> bool:
    """Whether somebody looks at what goes in or comes out. transformers' own hooks record attention where a caller
    asks for it, which packed rows have none of; once put on, they stay."""
    hooks = (module._forward_hooks, module._forward_pre_hooks, module._backward_hooks, module._backward_pre_hooks)
    return any(hooks) and any(
        getattr(hook, "__module__", "").partition(".")[0] != "transformers" for kind in hooks for hook in kind.values()
    )


def _is_frozen_fp32(weight: Any) -> bool:
    return weight.dtype == torch.float32 and not weight.requires_grad


def _learned(member: Any) -> LearnedUpdate | None:
    update = update_of(member, 0, 0)
    if update is None:
        return None
    return LearnedUpdate(update.a.contiguous(), update.b.contiguous(), update.scaling, update.p)


def _norm(normed: Normed) -> Norm:
    norm, dropout = normed
    return Norm(norm.weight, norm.bias, norm.eps, dropout.p if dropout.training else 0.0)


def _frozen_layer(base: Any) -> FrozenLayer | None:
    """None where the weight is not what its layer holds: somebody has put another in its place."""
    held: Any = base.__dict__[HELD]
    weight = base.weight.detach()
    offset, row = weight.data_ptr() - held.codes.data_ptr(), held.codes.stride(0) * held.codes.element_size()
    first = offset // row
    is_within = weight.dtype == held.codes.dtype and 0 <= first <= len(held.codes) - len(weight)
    if offset % row or not is_within or not weight.is_contiguous():
        return None
    scales = getattr(held, "scales", None)
    bias = None if held.bias is None else held.bias[first : first + len(weight)].float()
    return FrozenLayer(weight, None if scales is None else scales[first : first + len(weight)].flatten(), bias)


def _are_neighbours(layers: Sequence[FrozenLayer | None], first: int) -> TypeGuard[Sequence[FrozenLayer]]:
    """Whether all are there, and query (key, where first tokens ask), key and value lie one behind the other, as do
    their scales: backward they are one product."""
    if None in layers:
        return False
    known: list[Any] = list(layers[first:3])
    return all(
        left.weight.data_ptr() + left.weight.numel() * left.weight.element_size() == right.weight.data_ptr()
        and (left.scales is None or left.scales.data_ptr() + 4 * len(left.scales) == right.scales.data_ptr())
        for left, right in pairwise(known)
    )
