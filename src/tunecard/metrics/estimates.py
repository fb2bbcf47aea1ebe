"""A score with what is known of its error: its interval at any level, and how likely chance alone puts it so low.

Both kinds hold their 95 % within about two points, on as few as 10 units or 5 single trials (`benchmarks/coverage.py`);
with fewer there is no interval. A unit is a row, or a group of rows that belong together.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from tunecard.metrics.counts import Floats
from tunecard.metrics.intervals import LEVEL, Interval, effective_trials, score_interval
from tunecard.metrics.jackknife import Spread
from tunecard.metrics.scales import PLAIN, Scale

LEAST_UNITS = 10
LEAST_MOVING = 5  # of a paired difference: fewer rows on which two predictors differ say too little
LEAST_TRIALS = 5  # Wilson's interval of fewer holds 0.80 to 0.98
MOST_KURTOSIS = 25.0  # of how the score moves without each unit: beyond it a few decide, and the next few would differ


class Estimate(Protocol):
    """What an interval and a test are made of.

    Attributes:
        how: the interval's method in words, or why there is none.
    """

    @property
    def how(self) -> str: ...

    def interval(self, level: float = LEVEL) -> Interval | None:
        """The two-sided interval; None where too little is known."""

    def chance_below(self, reference: float) -> float | None:
        """One-sided p value that a score as low as this, or lower, comes from a true one of `reference`."""


@dataclass(frozen=True)
class NoEstimate:
    """Nothing is known of the error."""

    how: str

    def interval(self, level: float = LEVEL) -> Interval | None:
        """None."""
        return None

    def chance_below(self, reference: float) -> float | None:
        """None."""
        return None

    def chance_apart(self, reference: float) -> float | None:
        """None."""
        return None


@dataclass(frozen=True)
class ShareEstimate:
    """A share of trials, or a score that follows from one.

    Attributes:
        share: hits / trials.
        trials: as many independent ones as it is worth.
        units: that the trials come from; None where each trial is one.
        score_of: the score of a share; `share_of` leads back.
    """

    share: float
    trials: float
    units: int | None
    how: str
    score_of: Callable[[float], float]
    share_of: Callable[[float], float]

    def interval(self, level: float = LEVEL) -> Interval | None:
        """Wilson's, at Student's quantile where trials come in units."""
        low, high = score_interval(self.share, self.trials, _quantile(0.5 + level / 2, self.units))
        return self.score_of(low), self.score_of(high)

    def chance_below(self, reference: float) -> float | None:
        """Of single trials the binomial's tail; else the score test, which Wilson's interval is made of."""
        from scipy.special import bdtr

        expected = self.share_of(reference)
        if not 0 < expected < 1:
            return float(self.share >= expected)
        if self.units is None:
            return float(bdtr(round(self.share * self.trials), round(self.trials), expected))
        return _lower_tail((self.share - expected) / math.sqrt(expected * (1 - expected) / self.trials), self.units)


@dataclass(frozen=True)
class ScaledEstimate:
    """A score whose error was found by leaving out each unit, on the scale where it is nearly normal."""

    spread: Spread
    scale: Scale
    how: str

    def interval(self, level: float = LEVEL) -> Interval | None:
        """Around the score without its bias, and never without the score itself."""
        half = _quantile(0.5 + level / 2, self.spread.units) * self._error()
        centre = self.scale.forward(self._centre())
        low, high = (self.scale.back(centre + sign * half) for sign in (-1, 1))
        return min(low, self.spread.value), max(high, self.spread.value)

    def chance_below(self, reference: float) -> float | None:
        """Student's t on the scale."""
        if not self.scale.low < reference < self.scale.high:
            return None
        return _lower_tail(self._gap(reference), self.spread.units)

    def chance_apart(self, reference: float) -> float | None:
        """Two-sided p value of a true score of `reference`, by Student's t on the scale."""
        if not self.scale.low < reference < self.scale.high:
            return None
        return 2 * _lower_tail(-abs(self._gap(reference)), self.spread.units)

    def _gap(self, reference: float) -> float:
        return (self.scale.forward(self._centre()) - self.scale.forward(reference)) / self._error()

    def _centre(self) -> float:
        freed = self.spread.value - self.spread.bias
        return freed if self.scale.low < freed < self.scale.high else self.spread.value

    def _error(self) -> float:
        return self.spread.error * self.scale.slope(self.spread.value)


def estimate_share(
    hits: Floats,
    trials: Floats,
    times: Floats,
    score_of: Callable[[float], float],
    share_of: Callable[[float], float],
    unit: str,
) -> Estimate:
    """A share from its (U,) hits and trials by kind of unit, (U,) units of each kind; `unit` in the plural."""
    has = trials > 0
    hits, trials, times = hits[has], trials[has], times[has]
    units, total = int(times.sum()), float((times * trials).sum())
    if not units:
        return NoEstimate("no interval, as there is nothing to divide by")
    share = float((times * hits).sum()) / total
    if trials.max() <= 1 and total < LEAST_TRIALS:
        return NoEstimate(f"no interval, as only {total:g} count and {LEAST_TRIALS} are needed")
    if trials.max() <= 1:
        return ShareEstimate(share, total, None, "Wilson interval", score_of, share_of)
    if units < LEAST_UNITS:
        return NoEstimate(f"no interval, as only {units} {unit} have any and {LEAST_UNITS} are needed")
    worth = effective_trials(hits, trials, times)
    how = f"Wilson interval with the design effect of {unit}, Student's t"
    return ShareEstimate(share, worth, units, how, score_of, share_of)


def estimate_scaled(spread: Spread, scale: Scale, unit: str) -> Estimate:
    """A score from the spread of it over units; `unit` in the plural."""
    if spread.units < scale.least:
        return NoEstimate(f"no interval, as there are only {spread.units} {unit} and {scale.least} are needed")
    if not spread.error or not scale.low < spread.value < scale.high:
        return NoEstimate(f"no interval, as leaving out any of the {unit} changes nothing that could tell")
    if scale.is_open and spread.kurtosis > MOST_KURTOSIS:
        return NoEstimate(f"no interval, as a few {unit} decide it")
    held = "; it holds where errors have no heavy tails" if scale.is_open else ""
    return ScaledEstimate(spread, scale, f"jackknife over {unit}, Student's t{_on(scale)}{held}")


def estimate_difference(spread: Spread, unit: str) -> ScaledEstimate | NoEstimate:
    """A paired difference from the spread of it over units; `unit` in the plural."""
    if spread.units < LEAST_UNITS or spread.moving < LEAST_MOVING or not spread.error:
        return NoEstimate(f"no interval, as the two differ in only {spread.moving} {unit}")
    return ScaledEstimate(spread, PLAIN, f"paired jackknife over {unit}, Student's t")


def _on(scale: Scale) -> str:
    return f" on {'' if scale.name.startswith('Fisher') else 'the '}{scale.name}" if scale.name else ""


def _quantile(share: float, units: int | None) -> float:
    from scipy.special import ndtri, stdtrit

    return float(ndtri(share) if units is None else stdtrit(units - 1, share))


def _lower_tail(gap: float, units: int | None) -> float:
    from scipy.special import ndtr, stdtr

    return float(ndtr(gap) if units is None else stdtr(units - 1, gap))
