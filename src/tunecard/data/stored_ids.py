"""Class ids that a file stores by the names that it declares itself, before anybody asks what a number means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tunecard.data.plan import DataPlan
from tunecard.data.source import Source
from tunecard.rows.table import Table
from tunecard.tasks import Task


def spelt_out(table: Table, source: Source, task: Task, columns: Mapping[str, str], plan: DataPlan) -> Table:
    """The table with labels by name where its file stores ids: what it calls 0 is 0, whatever its names look like.

    Other names in the recipe are names for the ids, in their order: then the ids stay.
    """
    column = next((columns[role] for role in task.label_roles if role in columns), "")
    names = source.ids.get(column)
    if not names or (plan.labels is not None and set(plan.labels) != set(names)):
        return table
    return table.rename({**table.columns, column: [_spelt(value, names) for value in table.columns[column]]})


def _spelt(value: Any, names: Sequence[str]) -> Any:
    if isinstance(value, list):
        return by_name(value, names)
    return by_name([value], names)[0]


def by_name(values: list[Any], names: Sequence[str] | None) -> list[Any]:
    """Class ids of a factor by their names, where the source declares them."""
    if not names:
        return values
    return [names[value] if type(value) is int and 0 <= value < len(names) else value for value in values]
