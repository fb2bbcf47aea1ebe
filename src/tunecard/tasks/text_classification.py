"""One label for a text or a pair of texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from transformers import AutoModelForSequenceClassification, PreTrainedTokenizerBase

from tunecard.metrics.classification import accuracy, class_counts, macro_f1, matthews_correlation
from tunecard.rows.dataset import Split
from tunecard.rows.encoded import EncodedSplit
from tunecard.tasks.snippet import text_snippet


@dataclass(frozen=True)
class TextClassification:
    """Single-label classification; see `Task`."""

    labels: tuple[str, ...]
    name: str = "text-classification"
    peft_task_type: str = "SEQ_CLS"
    problem_type: str | None = "single_label_classification"
    pipeline_tag: str = "text-classification"
    best_metrics: tuple[str, ...] = ("accuracy", "macro_f1", "mcc", "loss")

    @property
    def auto_class(self) -> Any:
        return AutoModelForSequenceClassification

    def encode(self, tokenizer: PreTrainedTokenizerBase, split: Split, max_length: int) -> EncodedSplit:
        pairs = split.inputs.get("text_pair")
        arguments = (split.inputs["text"],) if pairs is None else (split.inputs["text"], pairs)
        encoded = tokenizer(*arguments, truncation=True, max_length=max_length, return_overflowing_tokens=False)
        ids: dict[str, int] = {label: position for position, label in enumerate(self.labels)}
        return EncodedSplit(
            input_ids=encoded["input_ids"],
            type_ids=encoded.get("token_type_ids"),
            label_ids=None if _is_unlabelled(split) else [ids[label] for label in split.labels],
            is_truncated=[bool(row.overflowing) for row in encoded.encodings],
            lost_words=[0] * len(split),
        )

    def loss_sum(self, logits: Tensor, labels: Tensor, weights: Tensor | None) -> tuple[Tensor, Tensor]:
        loss = functional.cross_entropy(logits.float(), labels, weight=weights, reduction="sum")
        return loss, torch.tensor(float(len(labels))) if weights is None else weights[labels].sum()

    def label_counts(self, encoded: EncodedSplit) -> np.ndarray:
        return np.bincount(encoded.label_ids or [], minlength=len(self.labels))

    def decode(self, logits: np.ndarray, encoded: EncodedSplit, row: int) -> tuple[str, list[float]]:
        probabilities = softmax(logits)
        return self.labels[int(probabilities.argmax())], probabilities.tolist()

    def score(self, labels: Sequence[Any], predictions: Sequence[Any]) -> dict[str, float]:
        totals = class_counts(labels, predictions, self.labels).totals()
        metrics = {"accuracy": accuracy, "macro_f1": macro_f1, "mcc": matthews_correlation}
        return {name: float(metric(totals)) for name, metric in metrics.items()}

    def head_rows(self, encoded: EncodedSplit, row: int) -> list[tuple[int, int]]:
        return [(0, (encoded.label_ids or [])[row])]

    def snippet(self, base_id: str, revision: str | None, example: Sequence[str]) -> str:
        return text_snippet(base_id, revision, example)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Softmax over the last axis in float64, so that rows sum to 1 after rounding to float32."""
    shifted = np.exp(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))


def _is_unlabelled(split: Split) -> bool:
    return bool(split.labels) and split.labels[0] is None
