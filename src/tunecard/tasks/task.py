"""The promise every task keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from tunecard.rows.dataset import Split
from tunecard.rows.encoded import EncodedSplit


class Task(Protocol):
    """One way to read rows. `labels` are in id order.

    Attributes:
        name: as in a recipe, e.g. "token-classification".
        labels: class names or tags.
        peft_task_type: PEFT's name of the task, e.g. "TOKEN_CLS".
        problem_type: transformers' `config.problem_type`, or None.
        pipeline_tag: the Hub's name.
        best_metrics: names that `training.best_metric` may take, the default first.
    """

    @property
    def name(self) -> str: ...

    @property
    def labels(self) -> tuple[str, ...]: ...

    @property
    def peft_task_type(self) -> str: ...

    @property
    def problem_type(self) -> str | None: ...

    @property
    def pipeline_tag(self) -> str: ...

    @property
    def best_metrics(self) -> tuple[str, ...]: ...

    @property
    def auto_class(self) -> Any:
        """transformers' `AutoModelFor...` of the task."""
        ...

    def encode(self, tokenizer: PreTrainedTokenizerBase, split: Split, max_length: int) -> EncodedSplit:
        """Rows to token ids, cut at `max_length` tokens."""
        ...

    def loss_sum(self, logits: Tensor, labels: Tensor, weights: Tensor | None) -> tuple[Tensor, Tensor]:
        """The summed loss of a batch and the weight of the labels in it (scalars)."""
        ...

    def label_counts(self, encoded: EncodedSplit) -> np.ndarray:
        """(K,) how often each label is asked for; the base of balanced class weights."""
        ...

    def decode(self, logits: np.ndarray, encoded: EncodedSplit, row: int) -> tuple[Any, Any]:
        """Logits of one row, (K,) or (T, K), to (prediction, probabilities) as a predictions file holds them."""
        ...

    def score(self, labels: Sequence[Any], predictions: Sequence[Any]) -> dict[str, float]:
        """The metrics in `best_metrics` (loss aside) for choosing a checkpoint."""
        ...

    def head_rows(self, encoded: EncodedSplit, row: int) -> list[tuple[int, int]]:
        """(position in the head's input, label id) of each decision of a row: what a linear probe learns from."""
        ...

    def snippet(self, base_id: str, revision: str | None, example: Sequence[str]) -> str:
        """Get-started code that needs only stock peft and transformers; `example` is a text, or a pair of them."""
        ...
