"""Spans of characters beside gold ones: what two readings of a text can be compared by, however it was cut to words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tunecard.metrics.counts import RowCounts
from tunecard.metrics.entities import EXTRA_COLUMNS

TextSpan = tuple[str, int, int]  # label, first character, the character behind the last


def text_span_counts(gold: Sequence[Sequence[TextSpan]], told: Sequence[Sequence[TextSpan]]) -> RowCounts:
    """Counts a row, (N, 3 + 5) as `entities.only_type` has them: matched, predicted and gold spans; the rest is 0.

    A span is right when label, first and last character are; one that is told twice counts once.

    >>> text_span_counts([[("PLACE", 0, 4)]], [[("PLACE", 0, 4), ("PLACE", 5, 9)]]).totals()[:3].tolist()
    [1.0, 2.0, 1.0]
    """
    counts = np.zeros((len(gold), 3 + EXTRA_COLUMNS))
    for row, (right, said) in enumerate(zip(gold, told, strict=True)):
        counts[row, :3] = len(set(right) & set(said)), len(set(said)), len(set(right))
    return RowCounts.from_rows(counts)
