"""Answers to the rows of a split: mostly each by itself, of some tasks each beside all the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np

from tunecard.rows.encoded import EncodedSplit
from tunecard.tasks.task import Task


@runtime_checkable
class AnswersTogether(Protocol):
    """A task whose answer to a row hangs on the other rows of its split."""

    def decode_split(
        self, logits: Sequence[np.ndarray], encoded: EncodedSplit, labels: Sequence[Any]
    ) -> list[tuple[Any, Any]]:
        """(N,) predictions, each with its probabilities or None.

        Args:
            logits: of all rows of the split, as `Task.decode` takes them one by one.
            labels: (N,) as `Split.labels` has them.
        """
        ...


def decode_split(
    task: Task, logits: Sequence[np.ndarray], encoded: EncodedSplit, labels: Sequence[Any]
) -> list[tuple[Any, Any]]:
    """(N,) what a task makes of the logits of a split: predictions, each with its probabilities or None."""
    if isinstance(task, AnswersTogether):
        return task.decode_split(logits, encoded, labels)
    return [task.decode(row_logits, encoded, row) for row, row_logits in enumerate(logits)]
