"""Layers built as BERT's are, each computed by one kernel forward and one backward, where nothing asks for more.

A layer gets an instance-level `forward` that takes the kernel while packed rows go through, all of its linear layers
are frozen, and what learns in it are low-rank updates; else it hands on to the `forward` it had, whose parts are fused
one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn
from transformers.activations import GELUActivation

from tunecard.adapters.fused.frozen_weight import HELD, DenseWeight, FrozenWeight, factors
from tunecard.adapters.fused.int8_products import Int8Products
from tunecard.adapters.fused.kinds import has_factors, input_factors_of, is_fusable, update_of
from tunecard.adapters.fused.products import multiplies_itself
from tunecard.encoders import inner_model
from tunecard.encoders.bert_like import bert_like_layers
from tunecard.encoders.packed_forward import current_layout
from tunecard.encoders.packed_layout import PackedLayout
from tunecard.kernels import has_kernels
from tunecard.kernels.block import (
    MAX_LENGTH,
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
        self.members: list[Any] = [parts[path] for path in PATHS]
        self.bases = [getattr(member, "base_layer", member) for member in self.members]
        self.norms = [layer.attention.output, layer.output]

    @cached_property
    def is_possible(self) -> bool:
        """Whether the kernel has this layer's measures and types, whatever learns in it."""
        act = self.layer.intermediate.intermediate_act_fn
        is_exact = type(act) is GELUActivation and act.act is nn.functional.gelu
        is_whole = not getattr(self.layer, "chunk_size_feed_forward", 0) and not getattr(
            self.layer, "is_decoder", False
        )
        held = [base.__dict__.get(HELD) for base in self.bases]
        if not (is_exact and is_whole and all(isinstance(weight, DenseWeight | Int8Products) for weight in held)):
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
        """Puts the `forward` back that the layer had."""
        self.layer.__dict__.pop("forward", None)
        if self.before is not None:
            self.layer.__dict__["forward"] = self.before

    def forward(self, hidden_states: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        """(1, T, width) to (1, T, width), or (1, B, width) of first tokens."""
        layout = current_layout()
        if layout is None or not self._takes(hidden_states, layout):
            return self.stock(hidden_states, *args, **kwargs)
        asks_first = self.asks_first and not layout.keeps_every_token
        layout.is_narrow |= asks_first
        return run_block(hidden_states[0], self._block(), Rows(layout.batch.starts, asks_first))[None]

    def _takes(self, hidden_states: Tensor, layout: PackedLayout) -> bool:
        """What may change from call to call: rows, adapters, what learns, and who looks on."""
        return (
            hidden_states.dtype == torch.float32
            and hidden_states.device.type == "cpu"
            and len(hidden_states) == 1
            and layout.batch.longest <= MAX_LENGTH
            and all(map(_is_plain, self.members))
            and not any(map(_is_watched, (*self.members, *self.bases)))
            and not any(weight.requires_grad for norm in self.norms for weight in norm.LayerNorm.parameters())
        )

    def _block(self) -> Block:
        attention = self.layer.attention.self
        held: FrozenWeight = self.bases[0].__dict__[HELD]
        return Block(
            layers=self._frozen(),
            updates=[_learned(member) for member in self.members],
            norms=[_norm(norm) for norm in self.norms],
            heads=attention.num_attention_heads,
            dtype=held.dtype,
            scaling=attention.scaling,
            p=attention.dropout.p if attention.training else 0.0,
        )

    def _frozen(self) -> Sequence[FrozenLayer]:
        """The layers as the kernel reads them; made again when a weight has got another place."""
        places = tuple(base.weight.data_ptr() for base in self.bases)
        if places != self._places:
            self._made = [_frozen_layer(base) for base in self.bases]
            self._places = places
        for base in self.bases:
            weight: Any = base.__dict__[HELD]
            weight.multiplied = factors(weight.codes, weight.codes)
        return self._made

    _places: tuple[int, ...] = ()
    _made: Sequence[FrozenLayer] = ()


def _is_plain(member: Any) -> bool:
    """Whether nothing but a frozen product and a low-rank update is asked of a layer now."""
    return bool(
        is_fusable(member)
        and not has_factors(member)
        and input_factors_of(member) is None
        and "forward" in member.__dict__
    )


def _is_watched(module: nn.Module) -> bool:
    """Whether somebody looks at what goes in or comes out."""
    return bool(module._forward_hooks or module._forward_pre_hooks or module._backward_hooks)


def _learned(member: Any) -> LearnedUpdate | None:
    update = update_of(member, 0, 0)
    if update is None:
        return None
    return LearnedUpdate(update.a.contiguous(), update.b.contiguous(), update.scaling, update.p)


def _norm(end: Any) -> Norm:
    norm, dropout = end.LayerNorm, end.dropout
    return Norm(norm.weight, norm.bias, norm.eps, dropout.p if dropout.training else 0.0)


def _frozen_layer(base: Any) -> FrozenLayer:
    held: Any = base.__dict__[HELD]
    weight = base.weight.detach()
    first = (weight.data_ptr() - held.codes.data_ptr()) // (weight.stride(0) * weight.element_size())
    scales = getattr(held, "scales", None)
    bias = None if held.bias is None else held.bias[first : first + len(weight)].float()
    return FrozenLayer(weight, None if scales is None else scales[first : first + len(weight)].flatten(), bias)
