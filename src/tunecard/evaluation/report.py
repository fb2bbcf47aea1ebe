"""Scores as findings: where a score belongs, and its value, interval and n in the words of its measure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tunecard.evidence import Finding, Source, measured, not_measured
from tunecard.metrics.intervals import LEVEL
from tunecard.metrics.measure import Measure, Sample

SECTION = "results"


@dataclass(frozen=True)
class FindingScope:
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


def report(measure: Measure, scope: FindingScope, sample: Sample) -> Finding:
    """The finding of one measure; n counts what its value divides by, also in a slice, a group or a subset."""
    size = round(measure.size(sample.totals))
    # without support a score of 0 would be as made up as one of 1
    value = measure.value(sample) if measure.is_supported(sample) else None
    fields = scope.fields(measure)
    if value is None:
        return not_measured(reason=measure.undefined(sample.totals), n=size, **fields)
    interval, how = measure.interval(sample)
    return measured(
        value=value,
        n=size,
        interval=interval,
        level=None if interval is None else LEVEL,
        method=f"tunecard.metrics.{measure.function}, {how}; n = {measure.counted}",
        **fields,
    )


def report_difference(measure: Measure, scope: FindingScope, first: Sample, second: Sample) -> Finding:
    """The finding of one measure's difference, first minus second, of two predictors whose rows are drawn together.

    n counts those rows: the two values may divide by different numbers, such as the entities that each predicts.
    """
    values = measure.value(first), measure.value(second)
    fields = scope.fields(measure)
    size = len(first.rows.counts)
    if values[0] is None or values[1] is None:
        reason = measure.undefined((first if values[0] is None else second).totals)
        return not_measured(reason=f"one of the two has no value: {reason}", n=size, **fields)
    interval, found = measure.difference(first, second)
    how = f"{found}; adapter minus the other; n = rows"
    return measured(
        value=values[0] - values[1],
        n=size,
        interval=interval,
        level=None if interval is None else LEVEL,
        method=f"tunecard.metrics.{measure.function}, {how}",
        **fields,
    )
