"""The score without rows whose label the probe of the frozen base doubts, and by how much it differs from all."""

from __future__ import annotations

import numpy as np

from tunecard.evaluation.clean import Rest, judge_no_rest, judge_rest
from tunecard.evaluation.scored import Scored
from tunecard.evidence import Finding
from tunecard.rows.doubted import DOUBTED, FACTOR
from tunecard.tasks.scoring import Scoring

LEAST_SHARE = 0.5  # of the rows; a judge that doubts more knows too little
ABOUT = "rows whose label the probe does not doubt"


def judge_undoubted(scoring: Scoring, adapter: Scored, probe: Scored | None) -> list[Finding]:
    """`results.<split>.undoubted.<measure>` and `.difference`, where the probe's answers say which labels it doubts.

    Args:
        probe: its answers to the same rows in the same order.
    """
    values = probe.predictions.factors.get(FACTOR, []) if probe is not None else []
    if DOUBTED not in values or probe is None:
        return []
    is_kept, rest = np.array(values, dtype=object) != DOUBTED, Rest("undoubted", ABOUT, probe.source)
    if is_kept.mean() < LEAST_SHARE:
        return judge_no_rest(
            scoring,
            adapter,
            is_kept,
            rest,
            f"the judge doubts a label of {(~is_kept).sum()} rows of "
            f"{len(is_kept)}: more than it leaves, so that its own mistakes would choose the rest",
        )
    # Leaving out what a judge doubts raises any score that agrees with it: no test of that difference says anything.
    found, _ = judge_rest(scoring, adapter, is_kept, rest)
    return found
