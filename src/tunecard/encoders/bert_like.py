"""Layers built as BERT's are: BERT, RoBERTa, XLM-RoBERTa, CamemBERT, ELECTRA. Told by their parts, never by a name."""

from __future__ import annotations

import inspect
from typing import Any

from torch import nn

PARTS = {
    "": {"attention", "intermediate", "output"},
    "attention": {"self", "output"},
    "attention.self": {"query", "key", "value", "dropout"},
    "attention.output": {"dense", "LayerNorm", "dropout"},
    "intermediate": {"dense", "intermediate_act_fn"},
    "output": {"dense", "LayerNorm", "dropout"},
}


def bert_like_layers(model: Any) -> list[Any]:
    """The layers of a model without an adapter around it, lowest first, where all are built so; else none."""
    layers = getattr(getattr(getattr(model, "base_model", None), "encoder", None), "layer", None)
    return list(layers) if layers and all(map(is_bert_like, layers)) else []


def is_bert_like(layer: Any) -> bool:
    """Whether a layer has these parts and no others: X-MOD's output has modules of its own for each language, and
    others put norms in front."""
    modules = dict(layer.named_modules())
    return hasattr(layer, "feed_forward_chunk") and all(
        path in modules and {name for name, _ in modules[path].named_children()} == children
        for path, children in PARTS.items()
    )


def ends_in_norm(module: nn.Module) -> bool:
    """Whether it is LayerNorm(dropout(dense(hidden_states)) + input_tensor) and nothing else."""
    parts = dict(module.named_children())
    return (
        list(parts) == ["dense", "LayerNorm", "dropout"]
        and type(parts["LayerNorm"]) is nn.LayerNorm
        and type(parts["dropout"]) is nn.Dropout
        and list(inspect.signature(type(module).forward).parameters) == ["self", "hidden_states", "input_tensor"]
    )
