"""How far the adapter's answers are from those of a linear probe of the frozen base, for better and for worse."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.evaluation.report import FindingScope, report
from tunecard.evaluation.scored import Scored
from tunecard.evaluation.shares import how_drawn, share_of
from tunecard.evidence import Finding, measured, not_measured
from tunecard.metrics.intervals import LEVEL
from tunecard.metrics.measure import sample_of
from tunecard.metrics.number_measures import MAE, PEARSON
from tunecard.metrics.numbers import number_counts
from tunecard.tasks import Task

KEYS = ("moved", "moved_to")
NO_PROBE = "no linear probe of the frozen base answered these rows"


def judge_moved(task: Task, adapter: Scored, probe: Scored | None, name: str) -> list[Finding]:
    """`difference.<name>.<split>.moved` and `.moved_to`.

    Args:
        probe: its answers to the same rows in the same order; None where there are none.
        name: of the probe.
    """
    ids = [f"difference.{name}.{adapter.split}.{key}" for key in KEYS]
    if probe is None:
        return [not_measured(id, reason=NO_PROBE, split=adapter.split, source=adapter.source) for id in ids]
    shared: dict[str, Any] = {"split": adapter.split, "source": probe.source}
    if task.scoring.distance is not None:
        return _of_amounts(ids, adapter, probe, shared, task.scoring.distance)
    return _of_names(ids, task, adapter, probe, shared)


def name_of_probe(task: Task) -> str:
    """Of the simple thing that is fitted to what the frozen base makes of rows."""
    fitted = [one.name for one in task.baselines if one.reads_vectors and one.is_fitted]
    return fitted[0] if fitted else "probe"


def _of_names(ids: list[str], task: Task, adapter: Scored, probe: Scored, shared: dict[str, Any]) -> list[Finding]:
    ours, theirs = adapter.predictions.predictions, probe.predictions.predictions
    is_other = np.array([mine != old for mine, old in zip(ours, theirs, strict=True)], dtype=bool)
    is_right = _right(task, adapter)
    was_right = _right(task, probe)
    rows = np.arange(len(ours))
    interval = share_of(is_other, adapter, rows).interval()
    to = {
        "became right": int((is_other & is_right & ~was_right).sum()),
        "became wrong": int((is_other & was_right & ~is_right).sum()),
        "wrong either way": int((is_other & ~was_right & ~is_right).sum()),
        "right either way": int((is_other & was_right & is_right).sum()),
    }
    value: dict[str, Any] = {outcome: number for outcome, number in to.items() if number or "became" in outcome}
    how = "rows whose answer is another than the probe's"
    return [
        measured(
            ids[0],
            float(is_other.mean()),
            n=len(ours),
            interval=interval,
            level=None if interval is None else LEVEL,
            method=f"share of {how}, {how_drawn(adapter, rows)}; n = rows",
            **shared,
        ),
        measured(
            ids[1],
            value,
            n=int(is_other.sum()),
            method=f"{how}, by whether either is right, a row of several labels where all of them are; n = those rows",
            **shared,
        ),
    ]


def _right(task: Task, scored: Scored) -> NDArray[np.bool_]:
    """(N,) whether a row is right: as the task says, and where it does not say so of whole rows, in all of it."""
    said, is_right = scored.predictions, task.scoring.is_right
    if is_right is not None:
        return is_right(said.labels, said.predictions)
    return np.array([gold == one for gold, one in zip(said.labels, said.predictions, strict=True)], dtype=bool)


def _of_amounts(ids: list[str], adapter: Scored, probe: Scored, shared: dict[str, Any], distance: Any) -> list[Finding]:
    """The mean distance of the two answers, and how closely one follows the other."""
    said, old = adapter.predictions, probe.predictions
    counts = number_counts(old.predictions, said.predictions)
    sample = sample_of(counts.in_units(adapter.counts.unit))
    scope = FindingScope("results.test", adapter.split, probe.source)  # of its id nothing is kept
    apart, along = (report(measure, scope, sample) for measure in (MAE, PEARSON))
    nearer = [
        distance(gold, mine) < distance(gold, theirs)
        for gold, mine, theirs in zip(said.labels, said.predictions, old.predictions, strict=True)
    ]
    value: dict[str, Any] = {"correlation": along.value, "nearer": sum(nearer)}
    return [
        measured(
            ids[0],
            apart.value,
            n=len(said),
            interval=apart.interval,
            level=apart.level,
            method=f"mean absolute difference of the adapter's and the probe's number; {apart.method}",
            **shared,
        ),
        measured(
            ids[1],
            {key: one for key, one in value.items() if one is not None},
            n=len(said),
            method="Pearson correlation of the two answers, and rows whose answer is nearer to the given number than "
            "the probe's; n = rows",
            **shared,
        ),
    ]
