"""The score of the rows that training did not have, equal or nearly so, and by how much it differs from that of all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tunecard.evaluation.differences import chance_apart
from tunecard.evaluation.people import parts_of
from tunecard.evaluation.report import FindingScope, report
from tunecard.evaluation.scored import Scored
from tunecard.evaluation.slices import LEAST_ROWS
from tunecard.evidence import Finding, Source, measured, not_measured
from tunecard.metrics.counts import RowCounts
from tunecard.metrics.intervals import LEVEL
from tunecard.metrics.measure import Measure, Sample, sample_of
from tunecard.rows.overlap import FACTOR, FOUND, NOT_FOUND, UNKNOWN
from tunecard.tasks.scoring import Scoring

ABOUT = "rows not found in train"
Chances = dict[str, float | None]


@dataclass(frozen=True)
class Rest:
    """Some rows that are scored beside all of them.

    Attributes:
        key: part of the ids.
        about: the rows, in words.
        source: the file that tells which rows they are.
    """

    key: str
    about: str
    source: Source


def judge_clean(scoring: Scoring, adapter: Scored) -> tuple[list[Finding], Chances]:
    """`results.<split>.clean.<measure>` and `.difference`, where some of the rows are also in training.

    Returns: the findings, and the p value of the difference.
    """
    values = adapter.predictions.factors.get(FACTOR, [])
    if FOUND not in values:
        return [], {}
    rest, is_clean = Rest("clean", ABOUT, adapter.source), np.array(values, dtype=object) == NOT_FOUND
    if others := set(values) - {FOUND, NOT_FOUND, UNKNOWN}:
        why = f"the factor `{FACTOR}` holds values of another column: {len(others)}"
        return judge_no_rest(scoring, adapter, is_clean, rest, why), {}
    return judge_rest(scoring, adapter, is_clean, rest)


def judge_rest(
    scoring: Scoring, adapter: Scored, is_kept: NDArray[np.bool_], rest: Rest
) -> tuple[list[Finding], Chances]:
    """The leading score of the (N,) rows that are kept, its difference from that of all, and the p value of that."""
    headline, n = scoring.headline, int(is_kept.sum())
    if n < LEAST_ROWS:
        return judge_no_rest(scoring, adapter, is_kept, rest, f"too few rows are left: {n}"), {}
    difference = _difference(headline, adapter, is_kept, rest)
    is_known = difference.status == "measured"
    chance = {difference.id: chance_apart(headline, *clean_beside_all(adapter.counts, is_kept))} if is_known else {}
    return [report(headline, _scope(adapter, rest), sample_of(adapter.counts.take(is_kept))), difference], chance


def _scope(adapter: Scored, rest: Rest) -> FindingScope:
    return FindingScope(f"results.{adapter.split}.{rest.key}", adapter.split, rest.source, rest.about, rest.about)


def judge_no_rest(scoring: Scoring, adapter: Scored, is_kept: NDArray[np.bool_], rest: Rest, why: str) -> list[Finding]:
    """The same two, not measured."""
    gap = not_measured(reason=why, n=int(is_kept.sum()), **_scope(adapter, rest).fields(scoring.headline))
    return [gap, _no_difference(adapter, rest, why)]


def clean_beside_all(counts: RowCounts, is_clean: NDArray[np.bool_]) -> tuple[Sample, Sample]:
    """The (N,) clean rows and all of them, as samples of the same rows: a row that is not clean adds nothing."""
    return parts_of(counts, is_clean, np.ones(len(is_clean), dtype=bool))


def _difference(headline: Measure, adapter: Scored, is_kept: NDArray[np.bool_], rest: Rest) -> Finding:
    if headline.of_rows is not None:
        return _no_difference(
            adapter, rest, "the score is no function of sums over rows, so that parts of it do not compare"
        )
    clean, every = clean_beside_all(adapter.counts, is_kept)
    values = headline.value(clean), headline.value(every)
    if values[0] is None or values[1] is None:
        return _no_difference(adapter, rest, "one of the two has no value")
    interval, how = headline.difference(clean, every)
    return measured(
        f"results.{adapter.split}.{rest.key}.difference",
        values[0] - values[1],
        n=int(is_kept.sum()),
        interval=interval,
        level=None if interval is None else LEVEL,
        method=f"tunecard.metrics.{headline.function}, {how}; the {rest.about} minus all rows; n = rows",
        split=adapter.split,
        source=rest.source,
    )


def _no_difference(adapter: Scored, rest: Rest, why: str) -> Finding:
    id = f"results.{adapter.split}.{rest.key}.difference"
    return not_measured(id, reason=why, split=adapter.split, source=rest.source)
