"""The same rows read in two ways: both scores, their difference, and the chance of it."""

from __future__ import annotations

from typing import Any

from tunecard.evaluation.together import ADJUSTED, ALPHA, adjusted_in
from tunecard.examination.before_after import Record, compared, units_of
from tunecard.metrics.counts import RowCounts
from tunecard.metrics.measure import Measure, Rows, Sample
from tunecard.rows.dataset import Split

HOW = (
    "a difference that is better is above 0; paired interval of it, jackknife; p two-sided, of the paired "
    f"randomisation test where the score is a function of sums, of one comparison {ADJUSTED}; distinguishable where "
    f"p <= {ALPHA:.2f}"
)


def second_minus_first(
    family: str, measure: Measure, rows: Split, first: tuple[str, RowCounts], second: tuple[str, RowCounts]
) -> Record:
    """Both scores by their names, and `difference`, of the second over the first, as a gain; nothing but the scores
    where one of them has no value.

    Args:
        family: of tests (`evaluation/together.py`).
        first, second: the name of a reading and what its rows count.
    """
    counts = [counts.in_units(units_of(rows)) for _, counts in (first, second)]
    pair, width = Rows(counts[0].beside(counts[1])), counts[0].values.shape[1]
    samples = Sample(pair, (0, width)), Sample(pair, (width, None))
    record: dict[str, Any] = {
        name: measure.value(sample) for (name, _), sample in zip((first, second), samples, strict=True)
    }
    found = compared(measure, *(samples if measure.is_error else reversed(samples)))
    if found is None:
        return record
    p = None if found["p"] is None else adjusted_in(family, [found["p"]])[0]
    return {
        **record,
        "difference": found["gap"],
        "difference_interval": found["gap_interval"],
        "p": p,
        "distinguishable": p is not None and p <= ALPHA,
    }
