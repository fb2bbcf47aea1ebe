"""The layer between what a head reads of its encoder and its output layer: the pooler of BERT, the dense of RoBERTa."""

from __future__ import annotations

from torch import nn

from tunecard.encoders.loading import Encoder
from tunecard.encoders.outputs import inner_model, outputs_of

POOLER = "pooler"
# PEFT keeps a module that is trained whole beside the base's own; the trained one comes last.
_PEFT_PARTS = {"original_module", "modules_to_save", "default"}


def hidden_layer(model: nn.Module) -> tuple[str, nn.Linear] | None:
    """The one square linear layer behind the blocks, by its name in the base.

    Args:
        model: with or without a PEFT adapter; of a module that is trained whole, the trained copy is given.
    Returns: None where there is no such layer, where there are several, or where the head reads tokens.
    """
    inner = inner_model(model)
    if not outputs_of(inner).head_reads_sequences:
        return None
    width = getattr(inner.config, "hidden_size", None) or inner.config.dim
    found = {
        _name_in_base(name): module
        for name, module in inner.named_modules()
        if isinstance(module, nn.Linear) and module.in_features == module.out_features == width and _is_behind(name)
    }
    return next(iter(found.items())) if len(found) == 1 else None


def with_open_head(encoder: Encoder) -> Encoder:
    """The encoder with the module of its hidden layer among those that are trained whole.

    A layer that came with the base's weights is left alone, unless it is a pooler: that one was trained for a task
    that is not asked any more, or never.
    """
    found = hidden_layer(encoder.model)
    if found is None:
        return encoder
    module = found[0].removeprefix(encoder.model.base_model_prefix + ".").split(".")[0]
    if module in encoder.new_modules or module != POOLER:
        return encoder
    return Encoder(encoder.model, encoder.tokenizer, sorted([*encoder.new_modules, module]), encoder.max_tokens)


def has_open_head(encoder: Encoder) -> bool:
    """Whether the hidden layer is among what is trained whole."""
    found = hidden_layer(encoder.model)
    return found is not None and any(part in encoder.new_modules for part in found[0].split("."))


def _is_behind(name: str) -> bool:
    return not any(part.isdigit() or "embedding" in part for part in name.split("."))


def _name_in_base(name: str) -> str:
    return ".".join(part for part in name.split(".") if part not in _PEFT_PARTS)
