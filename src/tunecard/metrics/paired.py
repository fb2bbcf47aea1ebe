"""Two predictors of the same rows: by how much they differ, and how likely chance alone makes them differ so much."""

from __future__ import annotations

from dataclasses import dataclass

from tunecard.metrics.intervals import LEVEL, Interval, mcnemar_exact
from tunecard.metrics.measure import Measure, Sample

EXACT = "McNemar's exact test"
RESAMPLED = "the paired jackknife, Student's t"


@dataclass(frozen=True)
class Paired:
    """The first minus the second.

    Attributes:
        value: None where one of the two has no score.
        interval: None where too little is known.
        p: two-sided, of no difference; None where too little is known.
        how: the method of the interval in words, or why there is no value.
        test: what the p value is by; None where there is none.
    """

    value: float | None
    interval: Interval | None
    p: float | None
    how: str
    test: str | None

    def turned(self) -> Paired:
        """The second minus the first."""
        value = None if self.value is None else -self.value
        interval = None if self.interval is None else (-self.interval[1], -self.interval[0])
        return Paired(value, interval, self.p, self.how, self.test)


def compare_paired(measure: Measure, first: Sample, second: Sample) -> Paired:
    """The difference of two predictors, given samples that share their rows.

    The test is exact where each row is simply right or wrong and stands alone. Else it is the one that the interval is
    made of, so that p is below 0.05 where that excludes 0.
    """
    values = measure.value(first), measure.value(second)
    if values[0] is None or values[1] is None:
        totals = (first if values[0] is None else second).totals
        return Paired(None, None, None, f"one of the two has no value: {measure.undefined(totals)}", None)
    found = measure.estimate_difference(first, second)
    hits = measure.hits(first), measure.hits(second)
    if hits[0] is None or hits[1] is None:
        p, test = found.chance_apart(0.0), RESAMPLED
    else:
        p, test = mcnemar_exact(hits[0], hits[1]), EXACT
    return Paired(values[0] - values[1], found.interval(LEVEL), p, measure.how(found), None if p is None else test)
