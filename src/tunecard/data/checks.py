"""What must hold of a plan before anything is read."""

from __future__ import annotations

from tunecard.data.plan import DataPlan
from tunecard.errors import DataError, nearest
from tunecard.rows.dataset import SPLITS
from tunecard.tasks.registry import TASKS, unknown_task


def check_plan(plan: DataPlan) -> None:
    """Raises: DataError: every key of the plan that cannot be meant."""
    problems = []
    if plan.task not in ("auto", *TASKS):
        problems.append(unknown_task(plan.task))
    for key, keys in (("splits", plan.splits), ("sample", plan.sample)):
        problems += [
            f"`data.{key}.{name}` is not a split.{nearest(name, SPLITS)}" for name in keys if name not in SPLITS
        ]
    problems += [
        f"`data.sample.{split}` must be a whole number of rows from 1, or null. Got {rows!r}."
        for split, rows in plan.sample.items()
        if rows is not None and (isinstance(rows, bool) or not isinstance(rows, int) or rows < 1)
    ]
    labels = plan.labels
    if labels is not None and (not labels or len(set(labels)) != len(labels)):
        problems.append("`data.labels` must name different labels in id order. Got a name twice or none.")
    if labels is not None and not all(isinstance(name, str) for name in labels):
        problems.append("`data.labels` must be text. Put numbers and words such as no and off in quotation marks.")
    if problems:
        raise DataError(problems)
