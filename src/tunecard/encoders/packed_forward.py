"""Unmodified transformers models on one packed row: an attention function, a mask function, and where heads read.

The model sees a batch of one row of T tokens with restarting positions. What a text classifier reads of each text (its
first token, or the mean) is gathered by a hook on the encoder's output, so that its head sees (B, 1, hidden).
A packed model that is called without a packed batch computes as stock transformers does.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface, PreTrainedModel
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from tunecard.encoders.first_token import compute_every_token, compute_first_token_only
from tunecard.encoders.outputs import SPANS, inner_model, outputs_of
from tunecard.encoders.packed_attention import attend
from tunecard.encoders.packed_batch import PackedBatch
from tunecard.encoders.packed_layout import PackedLayout
from tunecard.encoders.positions import position_offset

PACKED = "tunecard_packed"
STOCK = "sdpa"
OFFSET = "_position_of_first_token"
LATE = "late"  # a `classifier_pooling`
Shaped = Callable[[Tensor], Tensor]
_layout: ContextVar[PackedLayout | None] = ContextVar("packed layout", default=None)


def is_packed(model: nn.Module) -> bool:
    """Whether `enable_packing` was called on the model."""
    return bool(getattr(inner_model(model).config, "_attn_implementation", None) == PACKED)


def why_not_packed(model: nn.Module) -> str | None:
    """Returns: the reason why a model cannot be packed, or None."""
    inner = inner_model(model)
    takes_attention = inner._supports_attention_backend or inner._supports_sdpa  # FNet has none that could be taken
    if not inner._can_set_attn_implementation() or not takes_attention:
        return f"{type(inner).__name__} does not take its attention from transformers' AttentionInterface"
    if getattr(inner.config, "is_decoder", False):
        return f"{type(inner).__name__} is a decoder"
    if getattr(inner.config, "position_embedding_type", "absolute") not in ("absolute", "rotary", None):
        return "its positions are relative"
    return None


def enable_packing(model: nn.Module) -> None:
    """Lets `forward_packed` run the model; weights and modules stay as they are.

    Raises: ValueError: `why_not_packed` gives a reason.
    """
    reason = why_not_packed(model)
    if reason:
        raise ValueError(reason)
    inner = inner_model(model)
    inner.set_attn_implementation(PACKED)
    if outputs_of(inner).head_reads_sequences:
        compute_first_token_only(inner, current_layout)
        _install_gathering(inner)


def disable_packing(model: nn.Module) -> None:
    """Undoes `enable_packing`."""
    inner = inner_model(model)
    if not is_packed(model):
        return
    inner.set_attn_implementation(STOCK)
    compute_every_token(inner)
    inner.__dict__.pop(OFFSET, None)
    for hook in inner.__dict__.pop("_gathering_hooks", []):
        hook.remove()


def forward_packed(model: nn.Module, batch: PackedBatch) -> Tensor:
    """Runs a packed batch through a model.

    Args:
        model: packed (`enable_packing`), with or without a PEFT adapter.
        batch: B rows of T tokens in all, on the model's device.
    Returns: (B, K) of sequences, in the order of `batch.rows`; (T, K) of tokens (`outputs_of` says which). Those of
        tokens that fill up (behind `batch.starts[-1]`) mean nothing.
    """
    kind = outputs_of(model)
    layout = PackedLayout(batch, keeps_every_token=kind.is_pooled)
    values = kind.values(_run(model, _keeps_positions(model), batch, layout, kind.shaped))
    if kind.is_pooled:
        return _mean_of_each(values[0], layout)
    # A model of choices makes one of each number that its head gives of a sequence.
    return values.reshape(len(batch.rows), -1) if kind.of_sequences else values[0]


def _keeps_positions(model: nn.Module) -> nn.Module:
    """What to call: the model, or what PEFT wraps where its own `forward` drops positions, as for spans (0.21.2)."""
    is_wrapped = hasattr(model, "get_base_model")
    return model.base_model if is_wrapped and outputs_of(model) is SPANS else model  # type: ignore[return-value]


def forward_packed_tokens(model: nn.Module, batch: PackedBatch) -> Tensor:
    """The last hidden state of every token, below the head and whatever it would have gathered.

    Args:
        model: packed (`enable_packing`).
        batch: B rows of T tokens in all, on the model's device.
    Returns: (T, hidden). Those of tokens that fill up mean nothing.
    """
    encoder: Any = inner_model(model).base_model
    hidden: Tensor = _run(model, encoder, batch, PackedLayout(batch, keeps_every_token=True)).last_hidden_state
    return hidden[0]


def _run(
    model: nn.Module, part: nn.Module, batch: PackedBatch, layout: PackedLayout, shaped: Shaped = lambda tensor: tensor
) -> Any:
    positions = batch.positions[None] + _position_of_first(inner_model(model))
    # A model of choices counts them by its token ids; not every one brings positions into that shape.
    inputs = {"input_ids": shaped(batch.tokens[None]), "position_ids": positions}
    if batch.type_ids is not None:
        inputs["token_type_ids"] = batch.type_ids[None]
    token = _layout.set(layout)
    try:
        return part(**inputs)
    finally:
        _layout.reset(token)


def _position_of_first(inner: PreTrainedModel) -> int:
    """`position_offset`, asked once: it goes through every module, and every pass of every step needs it."""
    if OFFSET not in inner.__dict__:
        inner.__dict__[OFFSET] = position_offset(inner)
    offset: int = inner.__dict__[OFFSET]
    return offset


def current_layout() -> PackedLayout | None:
    """The layout of the packed batch that is going through a model, or None."""
    return _layout.get()


def _install_gathering(inner: PreTrainedModel) -> None:
    """Hooks that give the head what it reads of each text, where the model would take it from its tokens."""
    encoder: Any = inner.base_model
    pooling = getattr(inner.config, "classifier_pooling", "cls")

    def gather(hidden: Tensor) -> Tensor:
        layout = current_layout()
        means = pooling in {"mean", LATE}
        return hidden if layout is None or layout.keeps_every_token else _read_of_texts(hidden, layout, means)

    def before_pooler(module: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        return (gather(inputs[0]), *inputs[1:])

    def after_encoder(module: nn.Module, inputs: Any, output: Any) -> Any:
        output["last_hidden_state"] = gather(output["last_hidden_state"])
        return output

    pooler = getattr(encoder, "pooler", None)
    if pooling == LATE:  # EuroBERT: every token is classified, and a text has the mean of its tokens' logits
        head: Any = inner.classifier
        hook = head.register_forward_hook(lambda module, inputs, logits: gather(logits))
    elif pooler is None:
        hook = encoder.register_forward_hook(after_encoder)
    elif isinstance(pooler, nn.Linear):  # ALBERT hands it the first token, taken before
        hook = encoder.encoder.register_forward_hook(after_encoder)
    else:  # a pooler lies inside the encoder and takes the first token itself
        hook = pooler.register_forward_pre_hook(before_pooler)
    inner.__dict__["_gathering_hooks"] = [hook]


def _read_of_texts(hidden: Tensor, layout: PackedLayout, takes_mean: bool) -> Tensor:
    """(1, T, hidden) or the narrowed (1, B, hidden) to (B, 1, hidden)."""
    rows = hidden[0]
    if layout.is_narrow:
        return rows[:, None]
    if not takes_mean:
        return rows.index_select(0, layout.firsts)[:, None]
    return _mean_of_each(rows, layout)[:, None]


def _mean_of_each(rows: Tensor, layout: PackedLayout) -> Tensor:
    """(T, hidden) to (B, hidden): the mean over the tokens of each sequence."""
    lengths = layout.batch.starts.diff()
    real = layout.batch.real_tokens  # known here: a GPU need not be asked how many rows it made
    row_of_token = torch.repeat_interleave(torch.arange(len(lengths), device=rows.device), lengths, output_size=real)
    # In fp32: every single addition would be rounded to a shorter type.
    sums = rows.new_zeros(len(lengths), rows.shape[1], dtype=torch.float32)
    sums = sums.index_add(0, row_of_token, rows[:real].float())
    return (sums / lengths[:, None]).to(rows.dtype)


def _attention(  # noqa: PLR0913, PLR0917 - transformers decides the signature
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    sliding_window: int | None = None,
    **others: Any,
) -> tuple[Tensor, None]:
    """transformers' attention signature: (1, heads, T, head_dim) to (1, T, heads, head_dim)."""
    layout = current_layout()
    if layout is None:
        plain: tuple[Tensor, None] = sdpa_attention_forward(
            module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, **others
        )
        return plain
    scaling = query.shape[-1] ** -0.5 if scaling is None else scaling
    q, k, v = (tensor[0].transpose(0, 1) for tensor in (query, key, value))  # (T, heads, head_dim)
    with torch.autocast(query.device.type, enabled=False):  # scores are fp32 whatever surrounds them
        out = attend(q, k, v, layout, scaling=scaling, p=dropout, window=sliding_window or 0)
    return out[None], None


def _mask(*args: Any, **kwargs: Any) -> Tensor | None:
    """No mask where rows are packed; transformers' own where they are padded."""
    mask: Tensor | None = None if current_layout() is not None else sdpa_mask(*args, **kwargs)
    return mask


AttentionInterface.register(PACKED, _attention)
AttentionMaskInterface.register(PACKED, _mask)
