"""One score and how it is reported: value, interval, what its n counts, and what to say where it is undefined."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tunecard.evidence import Finding, Source, measured, not_measured
from tunecard.metrics.counts import Floats
from tunecard.metrics.intervals import LEVEL, RESAMPLES, SEED, Interval, Statistic, percentile_interval

SECTION = "results"
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


@dataclass(frozen=True)
class Place:
    """Where a finding belongs: the front of its id, the rows it is about and the file they come from.

    Attributes:
        prefix: the id without the measure, e.g. `results.test` or `results.test.slice.length=1-8 words`.
        split, source: of the finding.
        slice: the part of the rows, or None for all.
        about: added to the finding's name.
    """

    prefix: str
    split: str
    source: Source
    slice: str | None = None
    about: str = ""

    def fields(self, measure: Measure) -> dict[str, Any]:
        """The fields that measured and unmeasured findings share."""
        return {
            "id": f"{self.prefix}.{measure.key}",
            "section": SECTION,
            "name": measure.name + (f": {self.about}" if self.about else ""),
            "split": self.split,
            "slice": self.slice,
            "source": self.source,
        }


def report(measure: Measure, place: Place, totals: Floats, samples: Floats | None) -> Finding:
    """The finding of one measure from (C,) sums and (B, C) resampled sums."""
    size = round(measure.size(totals))
    value = measure.value(totals) if size else None  # without support a score of 0 would be as made up as one of 1
    fields = place.fields(measure)
    if value is None:
        return not_measured(reason=measure.undefined(totals), n=size, **fields)
    interval, how = measure.interval(totals, samples)
    return measured(
        value=value,
        n=size,
        interval=interval,
        level=None if interval is None else LEVEL,
        method=f"tunecard.metrics.{measure.function}, {how}; n = {measure.counted}",
        **fields,
    )


def report_difference(measure: Measure, place: Place, pairs: tuple[Floats, Floats], samples: Floats) -> Finding:
    """The finding of one measure's difference, first minus second.

    Args:
        pairs: (C,) sums of the adapter and of the other predictor on the same rows.
        samples: (B, 2 C) sums of both on the same resampled rows.
    """
    columns = len(pairs[0])
    first, second = (measure.value(totals) for totals in pairs)
    fields = place.fields(measure)
    size = round(measure.size(pairs[0]))
    if first is None or second is None:
        reason = measure.undefined(pairs[0] if first is None else pairs[1])
        return not_measured(reason=f"one of the two has no value: {reason}", n=size, **fields)
    interval = percentile_interval(measure.statistic(samples[:, :columns]) - measure.statistic(samples[:, columns:]))
    how = f"paired {BOOTSTRAP}; adapter minus the other, n = {measure.counted}"
    return measured(
        value=first - second,
        n=size,
        interval=interval,
        level=None if interval is None else LEVEL,
        method=f"tunecard.metrics.{measure.function}, {how}",
        **fields,
    )
