"""Which differences of the leading score are more than chance explains, all of a split having been looked at."""

from __future__ import annotations

from collections.abc import Mapping

from tunecard.evaluation.scored import Scored
from tunecard.evaluation.together import ALPHA, holm
from tunecard.evidence import Finding, measured
from tunecard.metrics.measure import Measure, Sample


def chance_apart(measure: Measure, first: Sample, second: Sample) -> float | None:
    """Two-sided p value of a difference, by the error that its interval is made of; None where nothing tells."""
    below = measure.estimate_difference(first, second).chance_below(0.0)
    return None if below is None else 2 * min(below, 1 - below)


def judge_differences(chances: Mapping[str, float | None], adapter: Scored) -> list[Finding]:
    """`results.<split>.differences`: those that are distinguishable from none.

    Args:
        chances: id of a difference to its p value.
    Returns: nothing where there are no differences.
    """
    if not chances:
        return []
    known = {id: chance for id, chance in chances.items() if chance is not None}
    adjusted = zip(known, holm(list(known.values())), strict=True)
    told = [{"difference": id, "p": p} for id, p in adjusted if p <= ALPHA]
    return [
        measured(
            f"results.{adapter.split}.differences",
            sorted(told, key=lambda one: (one["p"], one["difference"])),
            n=len(chances),
            method="two-sided test of each difference of the leading score, by the error that its interval is made of, "
            f"p values adjusted by Holm (1979) for all of them, up to {ALPHA:.2f}; n = differences",
            split=adapter.split,
            source=adapter.source,
        )
    ]
