"""Which columns of an input are read: as told, as in training, or by usual names; never where it is doubtful."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from tunecard.errors import DataError, nearest
from tunecard.inference.raw_text.kinds import kind_of_rows
from tunecard.inference.raw_text.usual_names import ID
from tunecard.tasks import Task


def choose_columns(
    names: Sequence[str],
    task: Task,
    is_pair: bool | None,
    told: Mapping[str, str] | None,
    file: str,
    learned: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, str]:
    """Role (text, text_pair, tokens and others that the task's kind of row has) to column.

    Args:
        names: the columns that are there.
        is_pair: whether the adapter reads pairs; None when that is not known.
        told: roles that the caller names.
        file: for the fault.
        learned: roles as the adapter's own rows had them; read again where all these columns are there.
    Raises: DataError: a column that is not there, or roles that cannot be told; it lists the columns.
    """
    kind = kind_of_rows(task)
    if told:
        return _checked(names, task, told, file)
    again = {role: name for role, name in learned.items() if role in kind.roles}
    if again and set(again.values()) <= set(names):
        return again
    found = kind.usual_columns(names, is_pair)
    if len(found) != 1:
        wanted, keys = kind.wanted(is_pair)
        which = (
            f"{' and '.join(' + '.join(map(repr, columns.values())) for columns in found)} could each be the {wanted}"
            if found
            else f"no column has a usual name for the {wanted}"
        )
        options = " ".join(f"--column {key}=NAME" for key in keys)
        raise DataError(f"{file}: {which}. Say which: {options} (`columns` in Python). {_listed(names)}")
    return found[0]


def id_column(names: Sequence[str]) -> str | None:
    """The column that identifies rows, if there is one."""
    return next((name for name in names if name.lower() == ID), None)


def value_of(record: Mapping[str, Any], columns: Mapping[str, str], task: Task) -> tuple[Any, str | None]:
    """What is to be predicted of a row, and what is wrong with it; `columns` as `choose_columns` gives them."""
    missing = [name for name in columns.values() if name not in record]
    if missing:
        return None, f"has no {' and no '.join(repr(name) for name in missing)}."
    return kind_of_rows(task).value_of(record, columns)


def _checked(names: Sequence[str], task: Task, told: Mapping[str, str], file: str) -> dict[str, str]:
    kind = kind_of_rows(task)
    faults = [
        f"{role}={name}: {role!r} is no role of a column.{nearest(role, kind.roles)} Use {' or '.join(kind.roles)}."
        for role, name in told.items()
        if role not in kind.roles
    ]
    faults += [
        f"{file}: `columns.{role}` is {name!r} and there is no such column.{nearest(name, names)} {_listed(names)}"
        for role, name in told.items()
        if role in kind.roles and name not in names
    ]
    faults = faults or kind.told_faults(told)
    if faults:
        raise DataError(faults)
    return dict(told)


def _listed(names: Sequence[str]) -> str:
    return f"The columns are {', '.join(repr(name) for name in names)}."
