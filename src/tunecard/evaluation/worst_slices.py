"""A shallow search for weak slices: each value of a factor, and each pair of values of two, corrected for all."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from tunecard.counted import each
from tunecard.evaluation.parts import LEAST_PARTS, LEAST_SUPPORT, chance_below_all
from tunecard.evaluation.scored import Scored
from tunecard.evaluation.slices import MOST_VALUES
from tunecard.evaluation.together import ADJUSTED, ALPHA, adjusted_in
from tunecard.evidence import Finding, measured
from tunecard.metrics.counts import Ints
from tunecard.metrics.measure import Measure, Sample, sample_of
from tunecard.tasks.scoring import Scoring

SHOWN = 10


def judge_worst_slices(scoring: Scoring, adapter: Scored) -> list[Finding]:
    """`results.<split>.worst_slices`: those clearly below the whole, of one factor or of two at once.

    Returns: nothing where no two slices have enough behind them.
    """
    headline, every = scoring.headline, sample_of(adapter.counts)
    looked_at = []
    for name, rows in each(list(_cells(adapter)), f"Slices of {adapter.split} by two factors", "slices"):
        sample = sample_of(adapter.counts.take(rows))
        if not LEAST_SUPPORT <= headline.size(sample.totals) < headline.size(every.totals):
            continue
        chance = chance_below_all(headline, sample, every)
        if chance is not None:
            looked_at.append((name, sample, chance))
    if len(looked_at) < LEAST_PARTS:
        return []
    adjusted = adjusted_in("weak slices", [chance for _, _, chance in looked_at])
    found = [
        _record(headline, name, sample, p, len(looked_at))
        for (name, sample, _), p in zip(looked_at, adjusted, strict=True)
        if p <= ALPHA
    ]
    return [
        measured(
            f"results.{adapter.split}.worst_slices",
            sorted(found, key=lambda one: (one["p"], one["slice"]))[:SHOWN],
            n=len(looked_at),
            method=f"{headline.phrase} of each value of a factor and of each pair of values of two, with n >= "
            f"{LEAST_SUPPORT} {headline.counted} and fewer than all; one-sided test against the score of all rows, p "
            f"values adjusted by Holm (1979) for every slice looked at {ADJUSTED}, up to "
            f"{ALPHA:.2f}; intervals hold for all of them at once (Bonferroni); at most {SHOWN} are told; n = slices",
            split=adapter.split,
            source=adapter.source,
        )
    ]


def _cells(adapter: Scored) -> Iterator[tuple[str, Ints]]:
    """Name and rows of each slice; of two factors only those that are smaller than either."""
    single: dict[str, dict[str, Ints]] = {}
    for factor, values in sorted(adapter.predictions.factors.items()):
        column, kinds = np.array(values, dtype=object), sorted(set(values))
        if len(kinds) <= MOST_VALUES:
            single[factor] = {f"{factor}={value}": np.flatnonzero(column == value) for value in kinds}
    for of_factor in single.values():
        yield from of_factor.items()
    for one, other in combinations(single.values(), 2):
        for (name, rows), (also, others) in ((a, b) for a in one.items() for b in other.items()):
            both = np.intersect1d(rows, others, assume_unique=True)
            if LEAST_SUPPORT <= len(both) < min(len(rows), len(others)):
                yield f"{name}, {also}", both


def _record(headline: Measure, name: str, sample: Sample, p: float, looked_at: int) -> dict[str, object]:
    interval = headline.estimate(sample).interval(1 - ALPHA / looked_at)
    return {
        "slice": name,
        "value": headline.value(sample),
        "interval": None if interval is None else list(interval),
        "n": round(headline.size(sample.totals)),
        "p": p,
    }
