"""The mean score of one setting's trainings, a seed each, on the same rows: what is known of its error, rows and seeds.

Rows and seeds are crossed, and both were drawn: the error over rows (the jackknife of the mean) and that over seeds,
each at Student's quantile of its own degrees of freedom, are added as squares. What both have in common is counted
twice, so that an interval is too wide rather than too narrow.

Source: Owen 2007 on crossed draws; Howe 1974 on quantiles of a sum of two variances.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from statistics import stdev

import numpy as np

from tunecard.metrics.counts import Floats, RowCounts
from tunecard.metrics.estimates import LEAST_MOVING, LEAST_UNITS, MOST_KURTOSIS
from tunecard.metrics.intervals import LEVEL, Interval
from tunecard.metrics.jackknife import Spread
from tunecard.metrics.measure import Measure, Rows, Sample, spread_apart
from tunecard.metrics.paired import Paired
from tunecard.metrics.scales import LOGIT, PLAIN, Scale

TEST = "the paired jackknife over rows and the spread over seeds, Student's t"


@dataclass(frozen=True)
class SeedScore:
    """A mean over seeds.

    Attributes:
        value: None where a seed has no score.
        of_seeds: of each seed, in their order.
        sd: of these; None where one has no score.
        interval: None where too little is known.
        how: the interval's method in words, or why there is none.
    """

    value: float | None
    of_seeds: tuple[float | None, ...]
    sd: float | None
    interval: Interval | None
    how: str


def score_seeds(measure: Measure, several: Sequence[RowCounts]) -> SeedScore:
    """The mean of two seeds or more.

    Args:
        several: counts of each seed, of the same rows in the same order.
    """
    scores = tuple(measure.value(Sample(Rows(counts))) for counts in several)
    known = [score for score in scores if score is not None]
    if len(known) < len(scores):
        unscored = several[scores.index(None)]
        return SeedScore(None, scores, None, None, measure.undefined(Rows(unscored).totals))
    rows = Rows(_side_by_side(several))
    spread = Sample(rows).spread(_mean_of(measure, len(several)))
    value, sd = float(np.mean(known)), stdev(known)
    if reason := measure.too_few(Rows(several[0]).totals):
        return SeedScore(value, scores, sd, None, f"no interval, as {reason}")
    interval, how = _interval(measure, value, spread, sd, len(known), Sample(rows).unit)
    return SeedScore(value, scores, sd, interval, how)


def compare_seeds(measure: Measure, first: Sequence[RowCounts], second: Sequence[RowCounts]) -> Paired:
    """The mean of the first minus that of the second, paired by rows and by seeds.

    Args:
        first, second: counts of each seed, of the same rows; both of the same seeds in one order.
    """
    apart = [
        (measure.value(Sample(Rows(ours))), measure.value(Sample(Rows(theirs))))
        for ours, theirs in zip(first, second, strict=True)
    ]
    gaps = [ours - theirs for ours, theirs in apart if ours is not None and theirs is not None]
    if len(gaps) < len(apart):
        return Paired(None, None, None, "a seed of one of the two has no value", None)
    value, seeds, rows = float(np.mean(gaps)), len(gaps), Rows(_side_by_side([*first, *second]))
    columns = sum(counts.values.shape[1] for counts in first)
    ours, theirs = Sample(rows, (0, columns)), Sample(rows, (columns, None))
    spread = spread_apart(_mean_of(measure, seeds), ours, theirs)
    errors = _errors(spread, stdev(gaps), seeds)
    if spread.units < LEAST_UNITS or spread.moving < LEAST_MOVING:
        return Paired(value, None, None, f"no interval, as the two differ in only {spread.moving} {ours.unit}", None)
    half = errors.half(LEVEL)
    how = f"paired jackknife over {ours.unit} and paired spread over {seeds} seeds, Student's t"
    return Paired(value, (value - half, value + half), errors.chance(abs(value)), how, TEST)


@dataclass(frozen=True)
class _Errors:
    """Standard errors of a mean over rows and over seeds, each with its degrees of freedom."""

    parts: tuple[tuple[float, int], ...]

    def half(self, level: float) -> float:
        """Half of the two-sided interval."""
        from scipy.special import stdtrit

        return math.hypot(*(error * float(stdtrit(freedom, 0.5 + level / 2)) for error, freedom in self.parts))

    def chance(self, gap: float) -> float:
        """Two-sided p: one minus the level at which the interval just reaches so far."""
        from scipy.optimize import brentq

        surest = 1 - 1e-12
        if gap <= 0 or self.half(surest) <= gap:
            return 1.0 if gap <= 0 else 1 - surest
        return float(1 - brentq(lambda level: self.half(level) - gap, 0.0, surest))


def _side_by_side(several: Sequence[RowCounts]) -> RowCounts:
    return reduce(RowCounts.beside, several)


def _mean_of(measure: Measure, seeds: int) -> Measure:
    """The measure that reads the sums of several seeds side by side, and is the mean of theirs."""
    of_rows = measure.of_rows

    def mean(sums: Floats) -> Floats:
        parts = [measure.statistic(part) for part in np.split(sums, seeds, axis=-1)]
        return np.asarray(np.mean(parts, axis=0), dtype=np.float64)

    def drawn(values: Floats, weights: Floats) -> Floats:
        assert of_rows is not None
        parts = [of_rows(part, weights) for part in np.split(values, seeds, axis=-1)]
        return np.asarray(np.mean(parts, axis=0), dtype=np.float64)

    return replace(measure, statistic=mean, of_rows=None if of_rows is None else drawn, share=None)


def _interval(
    measure: Measure, value: float, spread: Spread, sd: float, seeds: int, unit: str
) -> tuple[Interval | None, str]:
    """On the measure's scale; of a share, which has none of its own, on the logit's."""
    scale = LOGIT if measure.share is not None and (measure.least, measure.most) == (0.0, 1.0) else measure.scale
    if spread.units < scale.least:
        return None, f"no interval, as there are only {spread.units} {unit} and {scale.least} are needed"
    if not (spread.error or sd) or not scale.low < value < scale.high:
        return None, f"no interval, as neither {unit} nor seeds change anything that could tell"
    if scale.is_open and spread.kurtosis > MOST_KURTOSIS:
        return None, f"no interval, as a few {unit} decide it"
    said = "" if scale is PLAIN else f" on the {scale.name}"
    return _around(value, _errors(spread, sd, seeds).half(LEVEL), scale), (
        f"jackknife over {unit} and spread over {seeds} seeds, Student's t{said}"
    )


def _around(value: float, half: float, scale: Scale) -> Interval:
    half, centre = half * scale.slope(value), scale.forward(value)
    return scale.back(centre - half), scale.back(centre + half)


def _errors(spread: Spread, sd: float, seeds: int) -> _Errors:
    return _Errors(((spread.error, max(1, spread.units - 1)), (sd / math.sqrt(seeds), seeds - 1)))
