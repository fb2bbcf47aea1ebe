"""Which column is what in a source: as told, else guessed where the name is usual, and never where it is doubtful."""

from __future__ import annotations

from collections.abc import Sequence

from tunecard.data.plan import DataPlan
from tunecard.data.source import Source
from tunecard.errors import DataError, nearest
from tunecard.rows.table import Table
from tunecard.tasks import TASKS, Task, recognise
from tunecard.tasks.columns import listed, unknown_column
from tunecard.tasks.label_sets import columns_in


def find_columns(source: Source, plan: DataPlan) -> tuple[Task, dict[str, str]]:
    """The task of a source, its labels not named yet, and the column of each of its roles.

    The columns of the training split decide; other splits may lack the labels.

    Raises: DataError: a column that is not there, or roles that cannot be told; it lists the columns.
    """
    table = source.tables.get("train") or next(iter(source.tables.values()))
    told = dict(plan.columns or {})
    _check_told(told, table)
    task = TASKS[plan.task]() if plan.task != "auto" else recognise(told, table)
    columns = task.find_columns(told, table)
    if plan.needs_train and not set(task.label_roles) & set(columns):
        raise DataError(unknown_column(task.label_roles[0], table))
    return task, columns


def check_factors(factors: Sequence[str], people: Sequence[str], source: Source) -> None:
    """Every factor is `length`, `auto` or a column, and what tells people apart a column.

    Raises: DataError: each that is not, with the nearest.
    """
    names = list(dict.fromkeys(name for table in source.tables.values() for name in table.columns))
    of_rows = [name for name in factors if name not in people]
    problems = [
        f"{source.name}: `evaluation.{key}` names {name!r} and there is no such column."
        f"{nearest(name, [*known, *names])} {listed(names)}"
        for key, asked, known in (("factors", of_rows, ("length", "auto")), ("people", people, ()))
        for name in asked
        if name not in (*known, *names)
    ]
    if problems:
        raise DataError(problems)


def _check_told(told: dict[str, str], table: Table) -> None:
    roles = roles_of_tasks()
    unnumbered = [role for role in roles if not role[-1].isdigit()]  # choice0 to choice9 may be told, too
    problems = [
        f"`data.columns.{role}` is not a key.{nearest(role, roles)} Use {', '.join(unnumbered)}."
        for role in told
        if role not in roles
    ]
    problems += [
        f"{table.file}: `data.columns.{role}` is {name!r} and there is no such column."
        f"{nearest(name, table.columns)} {listed(table.columns)}"
        for role, name in told.items()
        if role in roles and not columns_in(name, table)
    ]
    if problems:
        raise DataError(problems)


def roles_of_tasks() -> list[str]:
    """Every role that a column may have, of all tasks."""
    return list(dict.fromkeys(role for task in TASKS.values() for role in task().roles))
