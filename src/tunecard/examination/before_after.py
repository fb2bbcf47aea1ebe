"""Answers to rows before and after a change: how many flip, and how much of the headline score is lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tunecard.evidence import Predictions
from tunecard.examination.changed_rows import Changed
from tunecard.examination.flips import can_flip, is_flipped
from tunecard.metrics.counts import Ints
from tunecard.metrics.estimates import estimate_share
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
        "flip_interval": _share_interval(flipped, _units(changed.before)),
    }


def _share_interval(hits: Any, units: Ints | None) -> list[float] | None:
    """Wilson's, with the design effect of rows that belong together."""
    by = np.arange(len(hits)) if units is None else np.unique(units, return_inverse=True)[1].reshape(-1)
    sums, trials = np.bincount(by, weights=hits).astype(np.float64), np.bincount(by).astype(np.float64)
    found = estimate_share(
        sums, trials, np.ones(len(sums)), lambda share: share, lambda share: share, "groups of rows"
    ).interval()
    return None if found is None else list(found)


def _units(rows: Split) -> Ints | None:
    return None if rows.clusters is None else np.array(rows.clusters, dtype=np.int64)


def drop_of(task: Task, rows: Split, before: Sequence[Any], after: Predictions) -> Record:
    """The headline score of the rows before and after, and by how much it is worse, with the chance of that."""
    if not rows.is_labelled:
        return {}
    scoring = task.scoring
    first = scoring.count(rows.labels, list(before)).in_units(_units(rows))
    pair, width = Rows(first.beside(scoring.count(after.labels, after.predictions))), first.values.shape[1]
    return _drop(scoring.headline, Sample(pair, (0, width)), Sample(pair, (width, None)))


def _drop(measure: Measure, before: Sample, after: Sample) -> Record:
    """A drop is a loss, also of a score that is better when lower."""
    values = measure.value(before), measure.value(after)
    if values[0] is None or values[1] is None:
        return {}
    pair = (after, before) if measure.is_error else (before, after)
    estimate = measure.estimate_difference(*pair)
    interval, below = estimate.interval(), estimate.chance_below(0.0)
    of_rest = None if below is None else 2 * min(below, 1 - below)
    chance = randomisation_p(measure, *pair)
    return {
        "score_before": values[0],
        "score_after": values[1],
        "drop": (values[0] - values[1]) * (-1 if measure.is_error else 1),
        "drop_interval": None if interval is None else list(interval),
        "p": of_rest if chance is None else chance,
    }
