"""The score of the rows that training did not have, equal or nearly so, and by how much it differs from that of all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tunecard.evaluation.differences import chance_apart
from tunecard.evaluation.report import FindingScope, report
from tunecard.evaluation.scored import Scored
from tunecard.evaluation.slices import LEAST_ROWS
from tunecard.evidence import Finding, measured, not_measured
from tunecard.metrics.counts import RowCounts
from tunecard.metrics.intervals import LEVEL
from tunecard.metrics.measure import Measure, Rows, Sample, sample_of
from tunecard.rows.overlap import FACTOR, FOUND, NOT_FOUND, UNKNOWN
from tunecard.tasks.scoring import Scoring

ABOUT = "rows not found in train"


def judge_clean(scoring: Scoring, adapter: Scored) -> tuple[list[Finding], dict[str, float | None]]:
    """`results.<split>.clean.<measure>` and `.difference`, where some of the rows are also in training.

    Returns: the findings, and the p value of the difference.
    """
    values = adapter.predictions.factors.get(FACTOR, [])
    if FOUND not in values:
        return [], {}
    headline, is_clean = scoring.headline, np.array(values, dtype=object) == NOT_FOUND
    scope = FindingScope(f"results.{adapter.split}.clean", adapter.split, adapter.source, ABOUT, ABOUT)
    if why := _why_not(set(values), int(is_clean.sum())):
        n = int(is_clean.sum())
        return [not_measured(reason=why, n=n, **scope.fields(headline)), _no_difference(adapter, why)], {}
    difference = _difference(headline, adapter, is_clean)
    is_known = difference.status == "measured"
    chance = {difference.id: chance_apart(headline, *clean_beside_all(adapter.counts, is_clean))} if is_known else {}
    return [report(headline, scope, sample_of(adapter.counts.take(is_clean))), difference], chance


def _why_not(values: set[str], clean: int) -> str:
    """What keeps the rest from being scored; "" where nothing does."""
    if others := values - {FOUND, NOT_FOUND, UNKNOWN}:
        return f"the factor `{FACTOR}` holds values of another column: {len(others)}"
    return f"too few rows are left: {clean}" if clean < LEAST_ROWS else ""


def clean_beside_all(counts: RowCounts, is_clean: NDArray[np.bool_]) -> tuple[Sample, Sample]:
    """The (N,) clean rows and all of them, as samples of the same rows: a row that is not clean adds nothing."""
    width = counts.values.shape[1]
    nothing = np.vstack([counts.values, np.zeros((1, width))])
    kept = RowCounts(nothing, np.where(is_clean, counts.group, len(counts.values)), counts.unit)
    rows = Rows(kept.beside(counts))
    return Sample(rows, (0, width)), Sample(rows, (width, None))


def _difference(headline: Measure, adapter: Scored, is_clean: NDArray[np.bool_]) -> Finding:
    if headline.of_rows is not None:
        return _no_difference(adapter, "the score is no function of sums over rows, so that parts of it do not compare")
    clean, every = clean_beside_all(adapter.counts, is_clean)
    values = headline.value(clean), headline.value(every)
    if values[0] is None or values[1] is None:
        return _no_difference(adapter, "one of the two has no value")
    interval, how = headline.difference(clean, every)
    return measured(
        f"results.{adapter.split}.clean.difference",
        values[0] - values[1],
        n=int(is_clean.sum()),
        interval=interval,
        level=None if interval is None else LEVEL,
        method=f"tunecard.metrics.{headline.function}, {how}; the rows not found in train minus all rows; n = rows",
        split=adapter.split,
        source=adapter.source,
    )


def _no_difference(adapter: Scored, why: str) -> Finding:
    id = f"results.{adapter.split}.clean.difference"
    return not_measured(id, reason=why, split=adapter.split, source=adapter.source)
