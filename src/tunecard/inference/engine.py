"""Model, tokenizer and task as one thing that turns columns of rows into decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import nn
from transformers import PreTrainedTokenizerBase

from tunecard.errors import AdapterError
from tunecard.inference.predicting import predict_logits
from tunecard.rows.encoded import EncodedSplit
from tunecard.tasks import Task


@dataclass(frozen=True)
class Engine:
    """An adapter on its base, in fp32.

    Attributes:
        model: the wrapped model, in evaluation mode on its device.
        tokenizer: as it was in training.
        task: how rows are read; `task.labels` are the names in id order.
        max_length: tokens a row may have, special tokens included.
    """

    model: nn.Module
    tokenizer: PreTrainedTokenizerBase
    task: Task
    max_length: int

    def __repr__(self) -> str:
        return f"Engine({type(self.model).__name__}, {self.task.name}, max_length {self.max_length})"

    def encode(self, inputs: Mapping[str, list[Any]]) -> EncodedSplit:
        """Columns as a `Split` has them (`text`, `text_pair`, `tokens`) to token ids."""
        return self.task.encode(self.tokenizer, inputs, None, self.max_length)

    def logits(self, encoded: EncodedSplit) -> list[np.ndarray]:
        """Logits of every row, in row order. Raises: AdapterError: a value that is not finite."""
        logits = predict_logits(self.model, encoded, int(self.tokenizer.pad_token_id))
        if not all(np.isfinite(row).all() for row in logits):
            raise AdapterError(
                "the model gives values that are not finite: base or adapter is damaged. Fetch them again."
            )
        return logits
