"""Parts of the rows beside the whole: which are clearly below it, and how bad the worst may be, having been picked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tunecard.evaluation.report import SECTION, FindingScope, report
from tunecard.evaluation.scored import Scored
from tunecard.evaluation.together import ADJUSTED, ALPHA, adjusted_in
from tunecard.evidence import Finding, measured
from tunecard.metrics.intervals import Interval
from tunecard.metrics.measure import Measure, Sample, sample_of

LEAST_SUPPORT = 20
LEAST_PARTS = 2  # a factor of one value is the whole again


@dataclass(frozen=True)
class Part:
    """Some of the rows, or of their labels, with the score that they are judged by.

    Attributes:
        finding: the score.
        measure, sample: what it is computed from.
        whole: the score of all rows that it is seen beside.
    """

    finding: Finding
    measure: Measure
    sample: Sample
    whole: Measure


def part_of(measure: Measure, scope: FindingScope, sample: Sample, whole: Measure) -> Part:
    """A part with its finding."""
    return Part(report(measure, scope, sample), measure, sample, whole)


def comparable(parts: Sequence[Part], adapter: Scored) -> list[Part]:
    """Those that have a value, enough behind it, and less than what the score of all rows has."""
    return [part for part in parts if part.finding.value is not None and _is_some(part, adapter)]


def _is_some(part: Part, adapter: Scored) -> bool:
    size = part.finding.n or 0
    return LEAST_SUPPORT <= size < part.whole.size(adapter.counts.totals())


def judge_parts(parts: Sequence[Part], adapter: Scored) -> list[Finding]:
    """`results.<split>.weak_parts`: those whose score is lower than chance explains, many having been looked at.

    Args:
        parts: the comparable ones.
    Returns: nothing where no two parts can be compared.
    """
    chances = [(part, chance) for part in parts if (chance := _chance(part, adapter)) is not None]
    if len(chances) < LEAST_PARTS:
        return []
    adjusted = adjusted_in("weak parts", [chance for _, chance in chances])
    low = [
        {"part": part.finding.id, "p": p}
        for (part, _), p in zip(chances, adjusted, strict=True)
        if p <= ALPHA and _is_worse(part, adapter)
    ]
    return [
        measured(
            f"results.{adapter.split}.weak_parts",
            sorted(low, key=lambda one: (one["p"], one["part"])),
            section=SECTION,
            name="Parts clearly below the whole",
            n=len(chances),
            method="one-sided test of each part against the score of all rows, p values adjusted by Holm (1979) for "
            f"all parts with n >= {LEAST_SUPPORT} {ADJUSTED}, up to {ALPHA:.2f}; n = parts",
            split=adapter.split,
            source=adapter.source,
        )
    ]


def worst_interval(worst: Part, candidates: int) -> tuple[Interval | None, float]:
    """The interval of a part that was picked out of so many as the worst, and its level: 95 % for all of them at once.

    Source: Bonferroni's inequality.
    """
    level = 1 - ALPHA / candidates
    return worst.measure.estimate(worst.sample).interval(level), level


def _chance(part: Part, adapter: Scored) -> float | None:
    return _chance_of(part.measure, part.sample, part.whole.value(sample_of(adapter.counts)))


def chance_below_all(measure: Measure, sample: Sample, every: Sample) -> float | None:
    """One-sided p value that some rows score so much worse than all where they do not; None where nothing tells."""
    whole, own = measure.value(every), measure.value(sample)
    chance = _chance_of(measure, sample, whole)
    if chance is None or whole is None or own is None:
        return None
    return chance if (own > whole if measure.is_error else own < whole) else 1.0


def _chance_of(measure: Measure, sample: Sample, whole: float | None) -> float | None:
    if whole is None:
        return None
    below = measure.estimate(sample).chance_below(whole)
    return None if below is None else 1 - below if measure.is_error else below


def _is_worse(part: Part, adapter: Scored) -> bool:
    whole, own = part.whole.value(sample_of(adapter.counts)), part.measure.value(part.sample)
    return whole is not None and own is not None and (own > whole if part.measure.is_error else own < whole)
