"""One score: its name, value from counts, interval, what its n counts, and what to say where it is undefined."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from tunecard.metrics.counts import Floats, Ints, RowCounts
from tunecard.metrics.intervals import (
    RESAMPLES,
    SEED,
    Interval,
    Statistic,
    percentile_interval,
    resample_totals,
    resample_weights,
)

BOOTSTRAP = f"percentile bootstrap over rows, {RESAMPLES:,} resamples, seed {SEED}"


@dataclass(frozen=True)
class Score:
    """A kind of score as people speak of it.

    Attributes:
        key: last part of the record's id, e.g. `f1`.
        name: what a reader calls it.
        meaning: one sentence for the glossary.
        hub: the Hub's name of the metric; None where it has none.
        is_error: lower is better.
        is_proper: the name begins with a proper name or a symbol, and keeps its capital inside a sentence.
    """

    key: str
    name: str
    meaning: str
    hub: str | None = field(default=None, kw_only=True)
    is_proper: bool = field(default=False, kw_only=True)
    is_error: bool = field(default=False, kw_only=True)

    @property
    def phrase(self) -> str:
        """The name inside a sentence: "strict F1", "Brier score"."""
        return self.name if self.is_proper else self.name[:1].lower() + self.name[1:]


@dataclass(frozen=True)
class Measure(Score):
    """A score computed from counts.

    Attributes:
        function: the public function that computes it, below `tunecard.metrics`.
        statistic: (B, C) sums to (B,) scores, NaN where undefined.
        size: (C,) sums to n, which is what the value divides by.
        counted: what n counts, e.g. "gold entities".
        undefined: (C,) sums to the reason why there is no value.
        wilson: (C,) sums to Wilson's interval, for scores that are a proportion or follow from one.
        support: (C,) sums to what must be there for a value to mean anything, where that is not n itself: of a class
            that no row has, even a precision of 0 would be made up.
        is_proportion: rows are the trials, so that Wilson's interval is right; otherwise it only stands in where every
            resample scores the same and the bootstrap would claim certainty.
        of_rows: (U, C) distinct rows and (U, B) how often each is drawn to (B,) scores, for a score that is no function
            of sums, such as a correlation of ranks.
    """

    function: str
    statistic: Statistic
    size: Callable[[Floats], float]
    counted: str
    undefined: Callable[[Floats], str]
    wilson: Callable[[Floats], Interval | None] | None = None
    support: Callable[[Floats], float] | None = None
    is_proportion: bool = False
    of_rows: Callable[[Floats, Floats], Floats] | None = None

    def value(self, sample: Sample) -> float | None:
        """The score of the rows as they are; None where it is undefined."""
        value = float(sample.score(self))
        return value if math.isfinite(value) else None

    def is_supported(self, sample: Sample) -> bool:
        """Whether the rows hold anything that the score could be about."""
        return bool((self.support or self.size)(sample.totals)) and bool(self.size(sample.totals))

    def standard_error(self, sample: Sample) -> float | None:
        """The standard deviation of the resampled scores; None where no two are defined."""
        scores = sample.resampled_scores(self)
        defined = scores[np.isfinite(scores)]
        return float(defined.std()) if len(defined) > 1 else None

    def interval(self, sample: Sample) -> tuple[Interval | None, str]:
        """The interval and its method in words."""
        if self.is_proportion and self.wilson is not None:
            return self.wilson(sample.totals), "Wilson interval"
        found = percentile_interval(sample.resampled_scores(self))
        if found is not None and found[0] < found[1]:
            return found, BOOTSTRAP
        if self.wilson is not None:
            return self.wilson(sample.totals), "Wilson interval, as every resample scores the same"
        return None, "no interval, as every resample scores the same"


class Resamples:
    """Rows drawn again and again from the same rows, once for all measures that ask."""

    def __init__(self, counts: RowCounts) -> None:
        self.counts = counts

    @cached_property
    def totals(self) -> Floats:
        """(B, C) sums of each sample."""
        return resample_totals(self.counts)


@dataclass(frozen=True)
class Sample:
    """What a measure reads of some rows: their sums, and the sums over their resamples.

    Attributes:
        rows: the rows and what is drawn from them; several samples may share them.
        columns: from where to where the counts are this sample's, e.g. of one of two predictors drawn together.
        narrow: keeps the counts of one part, e.g. of one class; (..., C) to (..., C').
    """

    rows: Resamples
    columns: tuple[int, int | None] = (0, None)
    narrow: Callable[[Floats], Floats] | None = None

    @property
    def totals(self) -> Floats:
        """(C,) sums over the rows as they are."""
        return self._narrowed(self.rows.counts.totals()[slice(*self.columns)])

    def score(self, measure: Measure) -> float:
        """The score of the rows as they are, NaN where undefined."""
        if measure.of_rows is None:
            return float(measure.statistic(self.totals[None, :])[0])
        used, times = np.unique(self.rows.counts.group, return_counts=True)
        return float(measure.of_rows(self._values(used), times[:, None].astype(np.float64))[0])

    def resampled_scores(self, measure: Measure) -> Floats:
        """(B,) the score of each resample, NaN where undefined."""
        if measure.of_rows is None:
            return measure.statistic(self._narrowed(self.rows.totals[:, slice(*self.columns)]))
        values = self._values(np.unique(self.rows.counts.group))
        return np.concatenate([measure.of_rows(values, weights) for weights in resample_weights(self.rows.counts)])

    def _values(self, used: Ints) -> Floats:
        return self._narrowed(self.rows.counts.values[used][:, slice(*self.columns)])

    def _narrowed(self, counts: Floats) -> Floats:
        return counts if self.narrow is None else self.narrow(counts)


def sample_of(counts: RowCounts) -> Sample:
    """All counts of the rows."""
    return Sample(Resamples(counts))
