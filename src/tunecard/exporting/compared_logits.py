"""What an export answers beside what the adapter answers on the same rows: logits, and labels that become others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tunecard.inference.predicting import predictions_of
from tunecard.rows.dataset import Split
from tunecard.rows.encoded import EncodedSplit
from tunecard.tasks import Task
from tunecard.verification.agreement import compare_predictions


@dataclass(frozen=True)
class LogitsCompared:
    """What two sets of logits of the same rows came to.

    Attributes:
        rows: how many were compared.
        largest: largest absolute difference of a logit.
        flips: rows whose answer is another one, beyond ties.
        ties: rows whose answer is another one that was as likely but for rounding.
    """

    rows: int
    largest: float
    flips: int
    ties: int


def compare_logits(
    before: Sequence[np.ndarray], after: Sequence[np.ndarray], task: Task, split: Split, encoded: EncodedSplit
) -> LogitsCompared:
    """Compares row by row.

    Args:
        before, after: (N,) of the adapter and of the export, as `predict_logits` shapes them.
    """
    stored, again = (predictions_of(logits, task, split, encoded) for logits in (before, after))
    agreement = compare_predictions(stored, again, task.labels)
    largest = max((float(np.abs(one - other).max(initial=0.0)) for one, other in zip(before, after, strict=True)))
    return LogitsCompared(agreement.rows, largest, agreement.others, agreement.ties)
