"""How many of the adapter's answers are others where the same adapter is computed otherwise."""

from __future__ import annotations

import numpy as np

from tunecard.evaluation.report import FindingScope
from tunecard.evaluation.scored import Scored
from tunecard.evaluation.shares import how_drawn, share_of
from tunecard.evidence import Finding, measured
from tunecard.metrics.intervals import LEVEL
from tunecard.tasks import Task


def count_flips(task: Task, adapter: Scored, other: Scored, scope: FindingScope) -> list[Finding]:
    """`difference.<name>.<split>.flips`; nothing of numbers, of which the least difference would be another answer.

    Args:
        other: the same rows in the same order.
    """
    if task.scoring.distance is not None:
        return []
    ours, theirs = adapter.predictions.predictions, other.predictions.predictions
    is_other = np.array([mine != its for mine, its in zip(ours, theirs, strict=True)], dtype=bool)
    rows = np.arange(len(ours))
    interval = share_of(is_other, adapter, rows).interval()
    return [
        measured(
            f"{scope.prefix}.flips",
            float(is_other.mean()),
            n=len(ours),
            interval=interval,
            level=None if interval is None else LEVEL,
            method=f"share of rows whose answer is another one, {how_drawn(adapter, rows)}; n = rows",
            split=scope.split,
            source=scope.source,
        )
    ]
