"""One score: its name, value from counts, interval, what its n counts, and what to say where it is undefined."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tunecard.metrics.counts import Floats, Ints, RowCounts
from tunecard.metrics.estimates import (
    Estimate,
    NoEstimate,
    ScaledEstimate,
    estimate_difference,
    estimate_scaled,
    estimate_share,
)
from tunecard.metrics.intervals import LEVEL, Interval
from tunecard.metrics.jackknife import Spread, spread_of
from tunecard.metrics.resampling import RESAMPLES, SEED, Statistic, resample_weights
from tunecard.metrics.scales import PLAIN, Scale


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
        least, most: between which it lies; infinite where nothing bounds it.
    """

    key: str
    name: str
    meaning: str
    hub: str | None = field(default=None, kw_only=True)
    is_proper: bool = field(default=False, kw_only=True)
    is_error: bool = field(default=False, kw_only=True)
    least: float = field(default=0.0, kw_only=True)
    most: float = field(default=1.0, kw_only=True)

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
        support: (C,) sums to what must be there for a value to mean anything, where that is not n itself: of a class
            that no row has, even a precision of 0 would be made up.
        share: for a score that is a share of trials, or follows from one.
        scale: on which it is nearly normal, where it is none.
        too_few: (C,) sums to the reason why they are too few for an interval; "" where they are not.
        of_rows: (U, C) distinct rows and (U, B) how often each is drawn to (B,) scores, for a score that is no function
            of sums, such as a correlation of ranks.
    """

    function: str
    statistic: Statistic
    size: Callable[[Floats], float]
    counted: str
    undefined: Callable[[Floats], str]
    support: Callable[[Floats], float] | None = None
    share: Share | None = None
    scale: Scale = PLAIN
    too_few: Callable[[Floats], str] = lambda totals: ""
    of_rows: Callable[[Floats, Floats], Floats] | None = None

    def value(self, sample: Sample) -> float | None:
        """The score of the rows as they are; None where it is undefined."""
        value = float(sample.score(self))
        return value if math.isfinite(value) else None

    def is_supported(self, sample: Sample) -> bool:
        """Whether the rows hold anything that the score could be about."""
        return bool((self.support or self.size)(sample.totals)) and bool(self.size(sample.totals))

    def standard_error(self, sample: Sample) -> float | None:
        """The standard deviation of the score over draws of as many rows; None where there is no score."""
        spread = sample.spread(self)
        return spread.error if math.isfinite(spread.value) and spread.units > 1 else None

    def estimate(self, sample: Sample) -> Estimate:
        """The score with what is known of its error."""
        if reason := self.too_few(sample.totals):
            return NoEstimate(f"no interval, as {reason}")
        if self.share is None:
            return estimate_scaled(sample.spread(self), self.scale, sample.unit)
        values, times = sample.by_unit()
        hits, trials = self.share.of(values)
        return estimate_share(hits, trials, times, self.share.score_of, self.share.share_of, sample.unit)

    def interval(self, sample: Sample) -> tuple[Interval | None, str]:
        """The interval and its method in words."""
        found = self.estimate(sample)
        return found.interval(LEVEL), self.how(found)

    def difference(self, first: Sample, second: Sample) -> tuple[Interval | None, str]:
        """The interval of first minus second, two predictors of the same rows, and its method in words."""
        found = self.estimate_difference(first, second)
        return found.interval(LEVEL), self.how(found)

    def estimate_difference(self, first: Sample, second: Sample) -> ScaledEstimate | NoEstimate:
        """First minus second, two predictors of the same rows, with what is known of its error."""
        return estimate_difference(spread_apart(self, first, second), first.unit)

    def hits(self, sample: Sample) -> NDArray[np.bool_] | None:
        """(N,) whether each row is a hit; None where rows are not each one trial, or come in groups."""
        if self.share is None or sample.rows.counts.has_groups:
            return None
        values, kind = sample.by_row()
        hits, trials = self.share.of(values)
        is_plain = (trials == 1).all() and ((hits == 0) | (hits == 1)).all()
        return (hits == 1)[kind] if is_plain else None

    def how(self, found: Estimate) -> str:
        """The method of an estimate in words."""
        drawn = f" (its standard error by {RESAMPLES:,} bootstrap resamples, seed {SEED})"
        return found.how if self.of_rows is None or isinstance(found, NoEstimate) else found.how + drawn


@dataclass(frozen=True)
class Share:
    """How a score follows from a share of trials.

    Attributes:
        of: (..., C) sums to (...,) hits and (...,) trials.
        score_of: the score of a share; `share_of` leads back.
    """

    of: Callable[[Floats], tuple[Floats, Floats]]
    score_of: Callable[[float], float] = lambda share: share
    share_of: Callable[[float], float] = lambda score: score


def share_of_f1(counts: Callable[[Floats], tuple[Floats, Floats, Floats]]) -> Share:
    """F1 from the share j of all that either side named on which both agree: F1 = 2 j / (1 + j).

    Args:
        counts: (..., C) sums to matched, predicted and gold, (...,) each.
    """

    def of(totals: Floats) -> tuple[Floats, Floats]:
        matched, predicted, gold = counts(totals)
        return matched, predicted + gold - matched

    return Share(of, lambda j: 2 * j / (1 + j), lambda f1: f1 / (2 - f1))


class Rows:
    """Counts of rows, and what many measures ask of them, found once."""

    def __init__(self, counts: RowCounts) -> None:
        self.counts = counts

    @cached_property
    def totals(self) -> Floats:
        """(C,) sums of all rows."""
        return self.counts.totals()

    @cached_property
    def by_unit(self) -> tuple[Floats, Floats]:
        """(G, C) sums of each kind of unit, (G,) units of each kind."""
        return self.counts.by_unit()


@dataclass(frozen=True)
class Sample:
    """What a measure reads of some rows: their sums, and those of each unit, a row or rows that belong together.

    Attributes:
        rows: the rows; several samples may share them.
        columns: from where to where the counts are this sample's, e.g. of one of two predictors seen side by side.
        narrow: keeps the counts of one part, e.g. of one class; (..., C) to (..., C').
    """

    rows: Rows
    columns: tuple[int, int | None] = (0, None)
    narrow: Callable[[Floats], Floats] | None = None

    @property
    def totals(self) -> Floats:
        """(C,) sums over the rows as they are."""
        return self._narrowed(self.rows.totals[slice(*self.columns)])

    def score(self, measure: Measure) -> float:
        """The score of the rows as they are, NaN where undefined."""
        if measure.of_rows is None:
            return float(measure.statistic(self.totals[None, :])[0])
        used, times = np.unique(self.rows.counts.group, return_counts=True)
        return float(measure.of_rows(self._values(used), times[:, None].astype(np.float64))[0])

    @property
    def unit(self) -> str:
        """What is left out or drawn as one, in the plural."""
        return "rows" if self.rows.counts.unit is None else "groups of rows"

    def by_row(self) -> tuple[Floats, Ints]:
        """(U, C) what each kind of row adds, (N,) of which kind each row is."""
        used, kind = np.unique(self.rows.counts.group, return_inverse=True)
        return self._values(used), kind.reshape(-1)

    def by_unit(self) -> tuple[Floats, Floats]:
        """(G, C) sums of each kind of unit, (G,) units of each kind."""
        values, times = self.rows.by_unit
        return self._narrowed(values[:, slice(*self.columns)]), times

    def without(self, measure: Measure) -> tuple[Floats, Floats]:
        """(G,) the score without one unit of each kind, (G,) units of each kind."""
        values, times = self.by_unit()
        return measure.statistic(self.totals - values), times

    def spread(self, measure: Measure) -> Spread:
        """The score's standard error and bias: by the jackknife, or by a bootstrap where it is no function of sums."""
        if measure.of_rows is not None:
            return _spread_of_draws(self.score(measure), self.resampled_scores(measure), self.rows.by_unit[1])
        return spread_of(self.score(measure), *self.without(measure))

    def resampled_scores(self, measure: Measure) -> Floats:
        """(B,) the score of each resample by `of_rows`, NaN where undefined."""
        assert measure.of_rows is not None
        values = self._values(np.unique(self.rows.counts.group))
        return np.concatenate([measure.of_rows(values, weights) for weights in resample_weights(self.rows.counts)])

    def _values(self, used: Ints) -> Floats:
        return self._narrowed(self.rows.counts.values[used][:, slice(*self.columns)])

    def _narrowed(self, counts: Floats) -> Floats:
        return counts if self.narrow is None else self.narrow(counts)


def sample_of(counts: RowCounts) -> Sample:
    """All counts of the rows."""
    return Sample(Rows(counts))


def spread_apart(measure: Measure, first: Sample, second: Sample) -> Spread:
    """The spread of first minus second, whose rows are the same."""
    value = first.score(measure) - second.score(measure)
    if measure.of_rows is not None:
        drawn = first.resampled_scores(measure) - second.resampled_scores(measure)
        return _spread_of_draws(value, drawn, first.rows.by_unit[1])
    without, times = first.without(measure)
    return spread_of(value, without - second.without(measure)[0], times)


def _spread_of_draws(value: float, drawn: Floats, times: Floats) -> Spread:
    defined = drawn[np.isfinite(drawn)]
    units = int(times.sum())
    error = float(defined.std()) if len(defined) > 1 else 0.0
    return Spread(value, error, 0.0, units, units if error else 0)
