"""Scores as findings: where a score belongs, and its value, interval and n in the words of its measure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tunecard.evidence import Finding, Source, measured, not_measured
from tunecard.metrics.counts import Floats
from tunecard.metrics.intervals import LEVEL, percentile_interval
from tunecard.metrics.measure import BOOTSTRAP, Measure

SECTION = "results"


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
