"""Texts to token ids, for every task that reads texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tunecard.rows.encoded import EncodedSplit

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


def encode_texts(
    tokenizer: PreTrainedTokenizerBase, inputs: Mapping[str, list[Any]], label_ids: list[Any] | None, max_length: int
) -> EncodedSplit:
    """Texts, or pairs of them, to token ids.

    Args:
        inputs: `text`, and `text_pair` for pairs; N each.
        label_ids: (N,) what the loss takes; None for rows without a label.
    """
    pairs = inputs.get("text_pair")
    arguments = (inputs["text"],) if pairs is None else (inputs["text"], pairs)
    encoded = tokenizer(*arguments, truncation=True, max_length=max_length, return_overflowing_tokens=False)
    return EncodedSplit(
        input_ids=encoded["input_ids"],
        type_ids=encoded.get("token_type_ids"),
        label_ids=label_ids,
        is_truncated=[bool(row.overflowing) for row in encoded.encodings],
        lost_words=[0] * len(inputs["text"]),
    )
