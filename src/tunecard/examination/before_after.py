"""Answers to rows before and after a change: how many flip, and how much of the headline score is lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tunecard.evidence import Predictions
from tunecard.examination.changed_rows import Changed
from tunecard.examination.flips import can_flip, is_flipped
from tunecard.metrics.counts import Ints
from tunecard.metrics.estimates import Estimate, estimate_share
from tunecard.metrics.measure import Measure, Rows, Sample
from tunecard.metrics.randomisation import randomisation_p
from tunecard.rows.dataset import Split
from tunecard.tasks import Task

Record = dict[str, Any]


def flips_of(before: Sequence[Any], after: Predictions, changed: Changed) -> Record:
    """How many answers are others, with the interval of their share; nothing where answers are numbers."""
    if not can_flip(before):
        return {}
    several = zip(before, after.predictions, changed.swaps, strict=True)
    flipped = np.array([is_flipped(*one) for one in several], dtype=np.float64)
    return {
        "flips": int(flipped.sum()),
        "flip_rate": float(flipped.mean()),
        "flip_interval": share_interval(flipped, units_of(changed.before)),
    }


def share_interval(hits: Any, units: Ints | None) -> list[float] | None:
    """Wilson's, with the design effect of rows that belong together."""
    found = _share(hits, units).interval()
    return None if found is None else list(found)


def chance_above(hits: Any, units: Ints | None, most: float) -> float | None:
    """One-sided p value that so many hits come of a share of no more than `most`."""
    return _share(1 - hits, units).chance_below(1 - most)


def _share(hits: Any, units: Ints | None) -> Estimate:
    by = np.arange(len(hits)) if units is None else np.unique(units, return_inverse=True)[1].reshape(-1)
    sums, trials = np.bincount(by, weights=hits).astype(np.float64), np.bincount(by).astype(np.float64)
    return estimate_share(sums, trials, np.ones(len(sums)), lambda share: share, lambda share: share, "groups of rows")


def units_of(rows: Split) -> Ints | None:
    """(N,) which rows belong together; None where nothing says so."""
    return None if rows.clusters is None else np.array(rows.clusters, dtype=np.int64)


def drop_of(task: Task, rows: Split, before: Sequence[Any], after: Predictions) -> Record:
    """The headline score of the rows before and after, and by how much it is worse, with the chance of that."""
    if not rows.is_labelled:
        return {}
    scoring = task.scoring
    first = scoring.count(rows.labels, list(before)).in_units(units_of(rows))
    pair, width = Rows(first.beside(scoring.count(after.labels, after.predictions))), first.values.shape[1]
    return _drop(scoring.headline, Sample(pair, (0, width)), Sample(pair, (width, None)))


def _drop(measure: Measure, before: Sample, after: Sample) -> Record:
    """A drop is a loss, also of a score that is better when lower."""
    values = measure.value(before), measure.value(after)
    found = compared(measure, *((after, before) if measure.is_error else (before, after)))
    if found is None:
        return {}
    return {
        "score_before": values[0],
        "score_after": values[1],
        "drop": found["gap"],
        "drop_interval": found["gap_interval"],
        "p": found["p"],
    }


def compared(measure: Measure, first: Sample, second: Sample) -> Record | None:
    """`gap` of the first over the second, with its interval and its two-sided p; None where one has no value."""
    values = measure.value(first), measure.value(second)
    if values[0] is None or values[1] is None:
        return None
    estimate = measure.estimate_difference(first, second)
    interval, below = estimate.interval(), estimate.chance_below(0.0)
    of_rest = None if below is None else 2 * min(below, 1 - below)
    chance = randomisation_p(measure, first, second)
    return {
        "gap": values[0] - values[1],
        "gap_interval": None if interval is None else list(interval),
        "p": of_rest if chance is None else chance,
    }
