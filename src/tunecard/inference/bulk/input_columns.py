"""Which columns of an input are read: as told, as in training, or by usual names; never where it is doubtful."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from tunecard.errors import DataError, nearest
from tunecard.tasks import Task
from tunecard.tasks.columns import PAIRS, USUAL

ID = "id"
ROLES = {"texts": ("text", "text_pair"), "words": ("text", "tokens")}
# What a labelled file holds beside its texts: never a text itself.
_ANSWERS = {ID, "idx", *USUAL["label"], *USUAL["tags"], *USUAL["spans"]}


def choose_columns(
    names: Sequence[str],
    task: Task,
    is_pair: bool | None,
    told: Mapping[str, str] | None,
    file: str,
    learned: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, str]:
    """Role (text, text_pair, tokens) to column.

    Args:
        names: the columns that are there.
        is_pair: whether the adapter reads pairs; None when that is not known.
        told: roles that the caller names.
        file: for the fault.
        learned: roles as the adapter's own rows had them; read again where all these columns are there.
    Raises: DataError: a column that is not there, or roles that cannot be told; it lists the columns.
    """
    if told:
        return _checked(names, task, told, file)
    again = {role: name for role, name in learned.items() if role in ROLES[task.reads]}
    if again and set(again.values()) <= set(names):
        return again
    if task.reads == "words":
        tokens = _usual("tokens", names)
        found = [{"tokens": name} for name in tokens] or [{"text": name} for name in _usual("text", names)]
    else:
        found = _text_columns(names, is_pair)
    if not found and not is_pair:
        rest = [name for name in names if name.lower() not in _ANSWERS]
        found = [{"text": rest[0]}] if len(rest) == 1 else []
    if len(found) != 1:
        wanted = "two texts" if is_pair else "text"
        which = (
            f"{' and '.join(' + '.join(map(repr, columns.values())) for columns in found)} could each be the {wanted}"
            if found
            else f"no column has a usual name for the {wanted}"
        )
        keys = ["text", "text_pair"] if is_pair else ["tokens"] if task.reads == "words" else ["text"]
        options = " ".join(f"--column {key}=NAME" for key in keys)
        raise DataError(f"{file}: {which}. Say which: {options} (`columns` in Python). {_listed(names)}")
    return found[0]


def id_column(names: Sequence[str]) -> str | None:
    """The column that identifies rows, if there is one."""
    return next((name for name in names if name.lower() == ID), None)


def value_of(record: Mapping[str, Any], columns: Mapping[str, str]) -> tuple[Any, str | None]:
    """What is to be predicted of a row, and what is wrong with it; `columns` as `choose_columns` gives them."""
    missing = [name for name in columns.values() if name not in record]
    if missing:
        return None, f"has no {' and no '.join(repr(name) for name in missing)}."
    if "tokens" in columns:
        tokens = record[columns["tokens"]]
        return tokens, None if isinstance(tokens, list) else f"{columns['tokens']!r} must be a list of words."
    if "text_pair" in columns:
        return (record[columns["text"]], record[columns["text_pair"]]), None
    text = record[columns["text"]]
    return text, None if not isinstance(text, list) else f"{columns['text']!r} must be text. Got a list."


def _text_columns(names: Sequence[str], is_pair: bool | None) -> list[dict[str, str]]:
    lower = {name.lower(): name for name in names}
    pairs = [{"text": lower[a], "text_pair": lower[b]} for a, b in PAIRS if a in lower and b in lower]
    if {"text", "text_pair"} <= lower.keys():
        pairs.append({"text": lower["text"], "text_pair": lower["text_pair"]})
    if is_pair:
        return pairs
    paired = {name for pair in pairs for name in pair.values()} if is_pair is None else set()
    singles = [{"text": name} for name in _usual("text", names) if name not in paired]
    return singles if is_pair is False else [*pairs, *singles]


def _checked(names: Sequence[str], task: Task, told: Mapping[str, str], file: str) -> dict[str, str]:
    roles = ROLES[task.reads]
    faults = [
        f"{role}={name}: {role!r} is no role of a column.{nearest(role, roles)} Use {' or '.join(roles)}."
        for role, name in told.items()
        if role not in roles
    ]
    faults += [
        f"{file}: `columns.{role}` is {name!r} and there is no such column.{nearest(name, names)} {_listed(names)}"
        for role, name in told.items()
        if role in roles and name not in names
    ]
    if task.reads == "texts" and "text" not in told and not faults:
        faults = ["`columns` must name `text`."]
    if task.reads == "words" and len(told) > 1 and not faults:
        faults = ["`columns` must name `text` or `tokens`. Got both."]
    if faults:
        raise DataError(faults)
    return dict(told)


def _usual(role: str, names: Sequence[str]) -> list[str]:
    return [name for name in names if name.lower() in USUAL[role]]


def _listed(names: Sequence[str]) -> str:
    return f"The columns are {', '.join(repr(name) for name in names)}."
