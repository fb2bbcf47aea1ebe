"""Labels of all splits brought together, and what must hold of those of train."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tunecard.rows.table import Table
from tunecard.tasks import Task
from tunecard.tasks.naming import NamedLabels


def settle_labels(
    task: Task, tables: Mapping[str, Table], labels: Mapping[str, list[Any]], declared: Sequence[str] | None
) -> NamedLabels:
    """The task's names in id order and labels, every row checked against them.

    Args:
        tables: split to its table, for saying where a fault is.
        labels: split to labels by name, None where a row is unlabelled.
        declared: names in id order, where the recipe or the source states them.
    """
    problems = _unlabelled_faults(tables, labels)
    named = task.settle_labels(tables, labels, declared)
    named.problems = problems + named.problems
    if not named.problems and "train" in labels:
        place = tables["train"].file
        named.problems = [f"{place}: {fault}" for fault in task.training_faults(named.labels["train"])]
    return named


def _unlabelled_faults(tables: Mapping[str, Table], labels: Mapping[str, list[Any]]) -> list[str]:
    if "train" not in labels:
        return []
    table, rows = tables["train"], [row for row, label in enumerate(labels["train"]) if label is None]
    if not rows:
        return []
    if len(rows) == len(table):
        return [f"{table.file}: every row of train must have a label. Got none (all are missing or -1)."]
    return [
        (
            f"{table.where_all(rows)}: every row of train must have a label. Got {len(rows):,} of {len(table):,} rows "
            "without one (missing or -1). Label or remove them."
        )
    ]
