"""A tokenizer with further tokens, and embeddings with a row for each, begun as the mean of what it was read as."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase


@torch.no_grad()
def grow(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, texts: Sequence[str]) -> None:
    """Puts tokens into a tokenizer, and a row each into the embeddings: the mean of the pieces that it was read as.

    The config keeps the base's vocabulary, so that stock code loads the base by it.
    """
    if not texts:
        return
    pieces = [tokenizer.convert_tokens_to_ids(tokenizer.tokenize(text)) for text in texts]
    tokenizer.add_tokens(list(texts))
    size = model.config.vocab_size
    table: Any = model.get_input_embeddings()
    if len(tokenizer) > len(table.weight):
        model.resize_token_embeddings(len(tokenizer), mean_resizing=False)
        model.config.vocab_size = size
        table = model.get_input_embeddings()
    for text, ids in zip(texts, pieces, strict=True):
        table.weight[tokenizer.convert_tokens_to_ids(text)] = table.weight[ids].mean(dim=0)


def added_parameters(model: PreTrainedModel) -> int:
    """Numbers of the rows that the embeddings have beyond the base's own."""
    table: Any = model.get_input_embeddings()
    return (len(table.weight) - int(model.config.vocab_size)) * int(table.weight.shape[1])
