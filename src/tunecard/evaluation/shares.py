"""The share of answers of which something is so, with the error of units that are drawn together."""

from __future__ import annotations

from typing import Any

import numpy as np

from tunecard.evaluation.scored import Scored
from tunecard.metrics.counts import Floats, RowCounts, ratio
from tunecard.metrics.estimates import Estimate
from tunecard.metrics.measure import Measure, Share, sample_of


def share_of(hits: Any, scored: Scored, row: Any) -> Estimate:
    """Of answers; those of one row, or of rows that belong together, are drawn together.

    Args:
        hits: (E,) whether it is so of each answer.
        row: (E,) the labelled row that it belongs to.
    """
    counts = RowCounts.from_rows(np.column_stack([np.ones(len(hits)), hits]))
    is_alone = not scored.has_groups and len(np.unique(row)) == len(row)
    return SHARE.estimate(sample_of(counts if is_alone else counts.in_units(scored.units[row])))


def how_drawn(scored: Scored, row: Any) -> str:
    """Whose interval it is, in words."""
    several = len(np.unique(row)) < len(row) or scored.has_groups
    drawn = "groups of rows" if scored.has_groups else "rows"
    return f"Wilson{f' with the design effect of {drawn}' if several else ''}"


def _totals(sums: Floats) -> tuple[Floats, Floats]:
    return sums[..., 1], sums[..., 0]


SHARE = Measure(
    "share",
    "Share",
    "Share",
    "counts.ratio",
    lambda totals: ratio(totals[..., 1], totals[..., 0]),
    lambda totals: float(totals[0]),
    "answers",
    lambda totals: "undefined: no answers",
    share=Share(_totals),
)
