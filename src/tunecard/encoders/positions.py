"""How many tokens a model can read: 514 position embeddings of RoBERTa mean 512 tokens."""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

UNLIMITED = 10**6


def count_usable_positions(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> int:
    """The longest input in tokens, special tokens included. Models without a table of positions (rotary, relative)
    are bound by their config."""
    limits = [int(getattr(model.config, "max_position_embeddings", 0) or 0) or UNLIMITED]
    limits += [table.num_embeddings - _lost_rows(table) for table in _position_tables(model)]
    limits.append(min(int(tokenizer.model_max_length), UNLIMITED))
    return min(limits)


def position_offset(model: PreTrainedModel) -> int:
    """The position of a row's first token: 2 for RoBERTa and kin, else 0."""
    return max((_lost_rows(table) for table in _position_tables(model)), default=0)


def _position_tables(model: PreTrainedModel) -> Iterator[nn.Embedding]:
    for name, module in model.named_modules():
        if name.endswith("position_embeddings") and isinstance(module, nn.Embedding):
            yield module


def _lost_rows(table: nn.Embedding) -> int:
    """A position table with a padding row starts counting behind that row: its rows up to there are lost."""
    return 0 if table.padding_idx is None else table.padding_idx + 1
