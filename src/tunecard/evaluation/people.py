"""The headline score of rows about one group of people beside that of rows about all others, small groups not told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.counted import each
from tunecard.evaluation.parts import LEAST_SUPPORT
from tunecard.evaluation.scored import Scored
from tunecard.evaluation.together import ADJUSTED, ALPHA, adjusted_in
from tunecard.evidence import Finding, measured, not_measured
from tunecard.metrics.counts import RowCounts
from tunecard.metrics.measure import Measure, Rows, Sample, sample_of
from tunecard.rows.factor_values import MISSING, OTHER
from tunecard.tasks.scoring import Scoring

Mask = NDArray[np.bool_]
Record = dict[str, Any]


def judge_people(scoring: Scoring, adapter: Scored, columns: Sequence[str]) -> list[Finding]:
    """`results.<split>.people`: a record for each group of each column that has enough rows; nothing without columns.

    Args:
        columns: factors of the predictions that say who a row is about or by.
    """
    columns = [name for name in columns if name in adapter.predictions.factors]
    if not columns:
        return []
    found = [one for name in columns for one in _of_column(scoring.headline, adapter, name)]
    about: Record = {"split": adapter.split, "source": adapter.source}
    if not found:
        reason = f"no group of {', '.join(columns)} has {LEAST_SUPPORT} rows or more"
        return [not_measured(f"results.{adapter.split}.people", reason=reason, **about)]
    compared = [one for one in found if one.get("p") is not None]
    for one, p in zip(compared, adjusted_in("people", [one["p"] for one in compared]), strict=True):
        one |= {"p": p, "distinguishable": p <= ALPHA}
    value: Any = sorted(found, key=lambda one: (one.get("p", 2.0), one["column"], one["group"]))
    method = (
        f"{scoring.headline.phrase} of the rows of each group with {LEAST_SUPPORT} rows or more, others are not told; "
        "`gap` is that score minus the score of all rows that name another group (where none does, of those that name "
        "none), with its interval from leaving out each unit of both at once; p two-sided, adjusted by Holm for all "
        f"{len(compared)} groups compared {ADJUSTED}; distinguishable where p <= {ALPHA:.2f}; n = rows that name a "
        "group"
    )
    named = sum(_names_group(value) for name in columns for value in adapter.predictions.factors[name])
    return [measured(f"results.{adapter.split}.people", value, n=named, method=method, **about)]


def _of_column(headline: Measure, adapter: Scored, column: str) -> list[Record]:
    values = np.array(adapter.predictions.factors[column], dtype=object)
    is_named = np.array([_names_group(value) for value in values])
    groups = [value for value in sorted(set(values[is_named])) if value != OTHER]
    enough = [group for group in groups if int((values == group).sum()) >= LEAST_SUPPORT]
    found = []
    for group in each(enough, f"Groups of {column}", "groups"):
        own = values == group
        others = is_named & ~own if (is_named & ~own).any() else ~is_named
        found.append({"column": column, "group": group} | _beside(headline, adapter.counts, own, others))
    return found


def _names_group(value: str) -> bool:
    return value != MISSING


def _beside(headline: Measure, counts: RowCounts, own: Mask, others: Mask) -> Record:
    """Rows, score and interval of a group; and its gap to the others, where there are enough of them."""
    sample = sample_of(counts.take(own))
    interval, _ = headline.interval(sample)
    record: Record = {
        "rows": int(own.sum()),
        "score": headline.value(sample),
        "interval": None if interval is None else list(interval),
    }
    if int(others.sum()) < LEAST_SUPPORT or headline.of_rows is not None:
        return record
    first, second = parts_of(counts, own, others)
    values = headline.value(first), headline.value(second)
    if values[0] is None or values[1] is None:
        return record
    estimate = headline.estimate_difference(first, second)
    ends = estimate.interval()
    gap = {"gap": values[0] - values[1], "gap_interval": None if ends is None else list(ends)}
    return record | gap | {"p": estimate.chance_apart(0.0)}


def parts_of(counts: RowCounts, one: Mask, other: Mask) -> tuple[Sample, Sample]:
    """Two parts of the (N,) rows as samples of the same rows, so that units which have rows of both are left out whole:
    a row adds nothing to the part that it is not in."""
    width = counts.values.shape[1]
    nothing = np.vstack([counts.values, np.zeros((1, width))])
    first, second = (
        RowCounts(nothing, np.where(part, counts.group, len(counts.values)), counts.unit) for part in (one, other)
    )
    rows = Rows(first.beside(second))
    return Sample(rows, (0, width)), Sample(rows, (width, None))
