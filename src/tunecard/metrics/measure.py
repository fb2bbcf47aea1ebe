"""One score: its name, value from counts, interval, what its n counts, and what to say where it is undefined."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from tunecard.metrics.counts import Floats
from tunecard.metrics.intervals import RESAMPLES, SEED, Interval, Statistic, percentile_interval

BOOTSTRAP = f"percentile bootstrap over rows, {RESAMPLES:,} resamples, seed {SEED}"


@dataclass(frozen=True)
class Measure:
    """A score computed from counts.

    Attributes:
        key: last part of the finding's id, e.g. `f1`.
        name: what a reader calls it.
        function: the public function that computes it, below `tunecard.metrics`.
        statistic: (B, C) sums to (B,) scores, NaN where undefined.
        size: (C,) sums to n.
        counted: what n counts, e.g. "gold entities".
        undefined: (C,) sums to the reason why there is no value.
        wilson: (C,) sums to Wilson's interval, for scores that are a proportion or follow from one.
        is_proportion: rows are the trials, so that Wilson's interval is right; otherwise it only stands in where every
            resample scores the same and the bootstrap would claim certainty.
    """

    key: str
    name: str
    function: str
    statistic: Statistic
    size: Callable[[Floats], float]
    counted: str
    undefined: Callable[[Floats], str]
    wilson: Callable[[Floats], Interval | None] | None = None
    is_proportion: bool = False

    def value(self, totals: Floats) -> float | None:
        """The score of (C,) sums; None where it is undefined."""
        value = float(self.statistic(totals[None, :])[0])
        return value if math.isfinite(value) else None

    def interval(self, totals: Floats, samples: Floats | None) -> tuple[Interval | None, str]:
        """The interval and its method in words, from (C,) sums and (B, C) resampled sums (None: rows too few)."""
        if self.is_proportion and self.wilson is not None:
            return self.wilson(totals), "Wilson interval"
        if samples is None:
            return None, "no interval"
        scores = self.statistic(samples)
        found = percentile_interval(scores)
        if found is not None and found[0] < found[1]:
            return found, BOOTSTRAP
        if self.wilson is not None:
            return self.wilson(totals), "Wilson interval, as every resample scores the same"
        return None, "no interval, as every resample scores the same"
