"""The top layer of a text classifier for first tokens only: the head reads nothing else, so nothing else is computed.

Keys and values are still those of every token. Exact, and a twelfth of a 12-layer encoder less; only for layers built
as BERT's are (BERT, RoBERTa, XLM-RoBERTa, CamemBERT, ELECTRA), where residual and output layer can be told apart.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor
from transformers import PreTrainedModel

from tunecard.encoders.bert_like import bert_like_layers
from tunecard.encoders.packed_attention import attend
from tunecard.encoders.packed_layout import PackedLayout

Layout = Callable[[], PackedLayout | None]


def compute_first_token_only(model: PreTrainedModel, current_layout: Layout) -> None:
    """Lets the top layer compute first tokens only, while a packed batch goes through; does nothing elsewhere."""
    layer = bert_like_top_layer(model)
    if layer is not None:
        layer.forward = _forward_of(layer, layer.forward, current_layout)


def compute_every_token(model: PreTrainedModel) -> None:
    """Undoes `compute_first_token_only`."""
    layer = bert_like_top_layer(model)
    if layer is not None:
        layer.__dict__.pop("forward", None)


def bert_like_top_layer(model: PreTrainedModel) -> Any:
    """The top layer of a model whose layers are built as BERT's are, else None."""
    layers = bert_like_layers(model)
    return layers[-1] if layers else None


def _forward_of(layer: Any, stock_forward: Any, current_layout: Layout) -> Any:
    attention, width = layer.attention.self, layer.attention.self.attention_head_size

    def heads(projected: Tensor) -> Tensor:
        return projected[0].view(projected.shape[1], -1, width)  # (tokens, heads, head_dim)

    def forward(hidden_states: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        layout = current_layout()
        if layout is None or layout.keeps_every_token:
            plain: Tensor = stock_forward(hidden_states, *args, **kwargs)
            return plain
        firsts = hidden_states.index_select(1, layout.firsts)  # (1, B, hidden)
        context = attend(
            heads(attention.query(firsts)),
            heads(attention.key(hidden_states)),
            heads(attention.value(hidden_states)),
            layout,
            scaling=attention.scaling,
            p=attention.dropout.p if attention.training else 0.0,
        )
        layout.is_narrow = True
        read: Tensor = layer.feed_forward_chunk(layer.attention.output(context.flatten(1)[None], firsts))
        return read

    return forward
