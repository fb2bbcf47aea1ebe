"""Which column is what: as told, else guessed where the name is usual, and never where it is doubtful."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tunecard.data.plan import DataPlan
from tunecard.data.source import Source
from tunecard.errors import DataError, nearest
from tunecard.rows.dataset import TEXT_TASK, TOKEN_TASK
from tunecard.rows.table import Table

USUAL = {
    "tokens": ("tokens", "words"),
    "tags": ("tags", "ner_tags", "labels", "ner"),
    "text": ("text", "sentence"),
    "spans": ("spans", "entities"),
    "label": ("label", "labels", "class", "intent"),
}
PAIRS = (
    ("premise", "hypothesis"),
    ("sentence1", "sentence2"),
    ("question1", "question2"),
    ("text1", "text2"),
    ("text_a", "text_b"),
    ("question", "sentence"),
    ("question", "passage"),
)
ROLES = {TOKEN_TASK: ("tokens", "tags", "text", "spans"), TEXT_TASK: ("text", "text_pair", "label")}


def find_columns(source: Source, plan: DataPlan) -> tuple[str, dict[str, str]]:
    """The kind of task and the column of each role: tokens and tags, text and spans, or text(s) and label.

    The columns of the training split decide; other splits may lack the labels.

    Raises: DataError: a column that is not there, or roles that cannot be told; it lists the columns.
    """
    table = source.tables.get("train") or next(iter(source.tables.values()))
    told = dict(plan.columns or {})
    _check_told(told, table)
    kind = plan.task if plan.task != "auto" else _kind_of(told, table)
    columns = _token_columns(told, table) if kind == TOKEN_TASK else _text_columns(told, table)
    required = {"tags", "spans", "label"} & set(ROLES[kind]) - set(columns)
    if plan.needs_train and required == {"tags", "spans"}:
        raise DataError(_unknown("tags", table))
    if plan.needs_train and required == {"label"}:
        raise DataError(_unknown("label", table))
    return kind, columns


def check_factors(factors: Sequence[str], source: Source) -> None:
    """Every factor is `length` or a column. Raises: DataError: each that is not, with the nearest."""
    names = list(dict.fromkeys(name for table in source.tables.values() for name in table.columns))
    problems = [
        f"{source.name}: `evaluation.factors` names {name!r} and there is no such column."
        f"{nearest(name, ['length', *names])} {_listed(names)}"
        for name in factors
        if name != "length" and name not in names
    ]
    if problems:
        raise DataError(problems)


def _check_told(told: dict[str, str], table: Table) -> None:
    roles = list(dict.fromkeys(role for several in ROLES.values() for role in several))
    problems = [
        f"`data.columns.{role}` is not a key.{nearest(role, roles)} Use {', '.join(roles)}."
        for role in told
        if role not in roles
    ]
    problems += [
        f"{table.file}: `data.columns.{role}` is {name!r} and there is no such column."
        f"{nearest(name, table.columns)} {_listed(table.columns)}"
        for role, name in told.items()
        if role in roles and name not in table.columns
    ]
    if problems:
        raise DataError(problems)


def _kind_of(told: dict[str, str], table: Table) -> str:
    if {"tokens", "tags", "spans"} & set(told):
        return TOKEN_TASK
    if {"label", "text_pair"} & set(told):
        return TEXT_TASK
    has_lists = any(_is_list(table, name) for name in _usual("tokens", table))
    has_spans = any(_is_list(table, name) for name in _usual("spans", table)) and bool(_usual("text", table))
    return TOKEN_TASK if has_lists or (has_spans and not _usual("label", table)) else TEXT_TASK


def _token_columns(told: dict[str, str], table: Table) -> dict[str, str]:
    by_spans = "spans" in told or ("tokens" not in told and not _usual("tokens", table))
    roles = ("text", "spans") if by_spans else ("tokens", "tags")
    columns = {role: told[role] if role in told else _guess(role, table) for role in roles}
    if columns[roles[0]] is None:
        raise DataError(_unknown("tokens", table))
    return {role: name for role, name in columns.items() if name is not None}


def _text_columns(told: dict[str, str], table: Table) -> dict[str, str]:
    columns = {role: name for role, name in told.items() if role in ROLES[TEXT_TASK]}
    if "text" not in columns:
        columns |= _guess_texts(table)
    if "label" not in columns:
        label = _guess("label", table)
        columns |= {} if label is None else {"label": label}
    return {role: columns[role] for role in ROLES[TEXT_TASK] if role in columns}


def _guess_texts(table: Table) -> dict[str, str]:
    lower = {name.lower(): name for name in table.columns}
    pairs = [(lower[a], lower[b]) for a, b in PAIRS if a in lower and b in lower]
    paired = {name for pair in pairs for name in pair}
    singles = [name for name in _usual("text", table) if name not in paired]
    if len(pairs) + len(singles) != 1:
        found = [" + ".join(pair) for pair in pairs] + singles
        raise DataError(_doubtful("text", found, table) if found else _unknown("text", table))
    return {"text": pairs[0][0], "text_pair": pairs[0][1]} if pairs else {"text": singles[0]}


def _guess(role: str, table: Table) -> str | None:
    found = _usual(role, table)
    if role in ("tokens", "tags", "spans"):
        found = [name for name in found if _is_list(table, name)] or found
    if len(found) > 1:
        raise DataError(_doubtful(role, found, table))
    return found[0] if found else None


def _usual(role: str, table: Table) -> list[str]:
    return [name for name in table.columns if name.lower() in USUAL[role]]


def _is_list(table: Table, name: str) -> bool:
    first: Any = next((value for value in table.columns[name] if value is not None), None)
    return isinstance(first, list)


def _doubtful(role: str, found: list[str], table: Table) -> str:
    return (
        f"{table.file}: {' and '.join(repr(name) for name in found)} could each be the {role}. "
        f"Set `data.columns.{role}`. {_listed(table.columns)}"
    )


def _unknown(role: str, table: Table) -> str:
    return (
        f"{table.file}: no column has a usual name for the {role}. Set `data.columns.{role}`. {_listed(table.columns)}"
    )


def _listed(names: Iterable[str]) -> str:
    return f"The columns are {', '.join(repr(name) for name in names)}."
