"""Labels of all splits brought together, and what must hold of those of train."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tunecard.rows.table import Table
from tunecard.tasks import Task
from tunecard.tasks.alike import REFUSE
from tunecard.tasks.naming import NamedLabels

_NO_LABEL = "train must have labels. Got none (all are missing or -1). Check which column holds them."


def settle_labels(
    task: Task,
    tables: Mapping[str, Table],
    labels: Mapping[str, list[Any]],
    declared: Sequence[str] | None,
    alike: str = REFUSE,
) -> NamedLabels:
    """The task's names in id order and labels, every row checked against them.

    Rows without a label are no fault, in train as elsewhere: they are left out and counted. A train split of nothing
    else is.

    Args:
        tables: split to its table, for saying where a fault is.
        labels: split to labels by name, None where a row is unlabelled.
        declared: names in id order, where the recipe or the source states them.
        alike: what to do with names that differ only in case, blanks or Unicode form: "refuse" or "merge".
    """
    named = task.settle_labels(tables, labels, declared, alike)
    if "train" in labels and not named.problems:
        place, train = tables["train"].file, [label for label in named.labels["train"] if label is not None]
        faults = task.training_faults(train) if train else [_NO_LABEL]
        named.problems = [f"{place}: {fault}" for fault in faults]
    return named
