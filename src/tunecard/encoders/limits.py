"""How many tokens a model can read: 514 position embeddings of RoBERTa mean 512 tokens."""

from __future__ import annotations

from torch import nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

UNLIMITED = 10**6


def count_usable_positions(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> int:
    """The longest input in tokens, special tokens included.

    A position table with a padding row (RoBERTa and kin) starts counting behind that row, so its first
    `padding_idx + 1` rows are lost. Models without a table (rotary, relative) are bound by their config.
    """
    limits = [int(getattr(model.config, "max_position_embeddings", 0) or 0) or UNLIMITED]
    for name, module in model.named_modules():
        if name.endswith("position_embeddings") and isinstance(module, nn.Embedding):
            lost = 0 if module.padding_idx is None else module.padding_idx + 1
            limits.append(module.num_embeddings - lost)
    limits.append(min(int(tokenizer.model_max_length), UNLIMITED))
    return min(limits)
