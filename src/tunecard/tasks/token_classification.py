"""One IOB2 tag a word, asked of the word's first token (the stock convention for named entities)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from tokenizers import Encoding
from torch import Tensor
from torch.nn import functional
from transformers import AutoModelForTokenClassification, PreTrainedTokenizerBase

from tunecard.metrics.entities import entity_counts, entity_types, strict_f1, strict_precision, strict_recall
from tunecard.rows.dataset import Split
from tunecard.rows.encoded import IGNORED, EncodedSplit
from tunecard.tasks.snippet import token_snippet
from tunecard.tasks.text_classification import softmax


@dataclass(frozen=True)
class TokenClassification:
    """Named entities; see `Task`."""

    labels: tuple[str, ...]
    name: str = "token-classification"
    peft_task_type: str = "TOKEN_CLS"
    problem_type: str | None = None
    pipeline_tag: str = "token-classification"
    best_metrics: tuple[str, ...] = ("f1", "precision", "recall", "loss")

    @property
    def auto_class(self) -> Any:
        return AutoModelForTokenClassification

    def encode(self, tokenizer: PreTrainedTokenizerBase, split: Split, max_length: int) -> EncodedSplit:
        words: list[list[str]] = split.inputs["tokens"]
        encoded = tokenizer(words, is_split_into_words=True, truncation=True, max_length=max_length)
        starts = [
            _word_starts(row.word_ids, len(row_words)) for row, row_words in zip(encoded.encodings, words, strict=True)
        ]
        is_labelled = bool(split.labels) and split.labels[0] is not None
        ids = {label: position for position, label in enumerate(self.labels)}
        label_ids = None
        if is_labelled:
            label_ids = [
                _aligned(len(row_ids), row_starts, [ids[tag] for tag in tags])
                for row_ids, row_starts, tags in zip(encoded["input_ids"], starts, split.labels, strict=True)
            ]
        return EncodedSplit(
            input_ids=encoded["input_ids"],
            type_ids=encoded.get("token_type_ids"),
            label_ids=label_ids,
            is_truncated=[bool(row.overflowing) for row in encoded.encodings],
            word_starts=starts,
            lost_words=[
                _lost_words(row, len(row_words)) for row, row_words in zip(encoded.encodings, words, strict=True)
            ],
        )

    def loss_sum(self, logits: Tensor, labels: Tensor, weights: Tensor | None) -> tuple[Tensor, Tensor]:
        # Picking the labels that are asked for out of the others would have a GPU tell the host how many there are.
        rows, targets = logits.flatten(0, -2).float(), labels.flatten()  # (B * T, K), (B * T,)
        loss = functional.cross_entropy(rows, targets, weight=weights, ignore_index=IGNORED, reduction="sum")
        asked = targets != IGNORED
        return loss, (asked if weights is None else weights[targets.clamp(min=0)] * asked).sum().float()

    def label_counts(self, encoded: EncodedSplit) -> np.ndarray:
        asked = [label for row in encoded.label_ids or [] for label in row if label != IGNORED]
        return np.bincount(asked, minlength=len(self.labels))

    def decode(self, logits: np.ndarray, encoded: EncodedSplit, row: int) -> tuple[list[str], list[list[float] | None]]:
        probabilities = softmax(logits)  # (T, K)
        starts = (encoded.word_starts or [])[row]
        tags = ["O" if start < 0 else self.labels[int(probabilities[start].argmax())] for start in starts]
        return tags, [None if start < 0 else probabilities[start].tolist() for start in starts]

    def score(self, labels: Sequence[Any], predictions: Sequence[Any]) -> dict[str, float]:
        totals = entity_counts(labels, predictions, entity_types(self.labels)).totals()
        metrics = {"f1": strict_f1, "precision": strict_precision, "recall": strict_recall}
        return {name: float(metric(totals)) for name, metric in metrics.items()}

    def head_rows(self, encoded: EncodedSplit, row: int) -> list[tuple[int, int]]:
        labels = (encoded.label_ids or [])[row]
        return [(position, label) for position, label in enumerate(labels) if label != IGNORED]

    def snippet(self, base_id: str, revision: str | None, example: Sequence[str]) -> str:
        return token_snippet(base_id, revision, example)


def _word_starts(word_ids: Sequence[int | None], n_words: int) -> list[int]:
    starts = [-1] * n_words
    for position, word in enumerate(word_ids):
        if word is not None and starts[word] < 0:
            starts[word] = position
    return starts


def _lost_words(row: Encoding, n_words: int) -> int:
    """Words cut off. A word without any token (a lone control character) is unreadable, but not cut off."""
    if not row.overflowing:
        return 0
    last = max((word for word in row.word_ids if word is not None), default=-1)
    return n_words - 1 - last


def _aligned(n_tokens: int, starts: Sequence[int], tag_ids: Sequence[int]) -> list[int]:
    aligned = [IGNORED] * n_tokens
    for start, tag_id in zip(starts, tag_ids, strict=True):
        if start >= 0:
            aligned[start] = tag_id
    return aligned
