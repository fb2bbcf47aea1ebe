"""Rows of another data set, for a task whose labels are known: their inputs in the task's own roles, without labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tunecard.data.columns import find_columns
from tunecard.data.plan import DataPlan, check_plan
from tunecard.data.source import Source
from tunecard.data.sources import open_sources
from tunecard.data.stored_ids import by_name
from tunecard.errors import DataError, nearest
from tunecard.rows.dataset import Split
from tunecard.rows.table import Table
from tunecard.tasks import Task

FIRST = ("test", "validation", "train")
SHOWN = 20


def read_other_rows(plan: DataPlan, task: Task, roles: Sequence[str], labels: Sequence[str] = ()) -> Split:
    """The rows of the split that the plan names, else of the first there is of test, validation and train.

    Args:
        plan: where they lie; it needs no training rows.
        task: whose rows they are to be read as.
        roles: inputs of the task's own rows, such as `text` and `text_pair`; these must have the same.
        labels: only rows that have one of these labels, by the names that the source has for them; empty: all.
    Raises: DataError: no such rows, columns or labels; MachineError: a Hub data set that cannot be reached.
    """
    check_plan(plan)
    (source,) = open_sources(plan)
    split = next(name for name in FIRST if name in source.tables)
    source = replace(source, tables={split: source.tables[split]})
    _, columns = find_columns(source, replace(plan, task=task.name))
    inputs = {role: name for role, name in columns.items() if role not in task.label_roles}
    if set(inputs) != set(roles):
        raise DataError(f"{source.name}: must have {' and '.join(roles)}, as the data has. Got {', '.join(inputs)}.")
    table, problems = task.read_rows(source.tables[split], inputs)
    if problems:
        raise DataError(problems)
    given = {role: values for role, values in table.columns.items() if role in roles}
    read = task.readable(given, [None] * len(table), table.where)
    rows = Split(split, table.positions(), read.inputs, read.labels, {}, "given", {})
    return rows.take(_labelled(source, source.tables[split], columns, task, labels)) if labels else rows


def _labelled(source: Source, table: Table, columns: Mapping[str, str], task: Task, labels: Sequence[str]) -> list[int]:
    """The places of the rows with one of these labels. Raises: DataError: no column of labels, or none called so."""
    column = next((columns[role] for role in task.label_roles if role in columns), None)
    if column is None:
        role = task.label_roles[-1]
        raise DataError(f"{source.name}: has no column of labels to tell rows by. Name it: columns: {{{role}: NAME}}.")
    values = [str(value) for value in by_name(table.column(column), source.names.get(column))]
    known = list(dict.fromkeys(values))
    unknown = [label for label in labels if label not in known]
    if unknown:
        raise DataError(
            [
                f"{source.name}: no row has the label {label!r}.{nearest(label, known)} Its labels: "
                f"{', '.join(known[:SHOWN])}."
                for label in unknown
            ]
        )
    return [place for place, value in enumerate(values) if value in labels]
