"""Which column is what: the usual names, and what is said where they leave it open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tunecard.errors import DataError
from tunecard.rows.table import Table

USUAL = {
    "tokens": ("tokens", "words"),
    "tags": ("tags", "ner_tags", "labels", "ner"),
    "text": ("text", "sentence"),
    "spans": ("spans", "entities"),
    "label": ("label", "labels", "class", "intent", "gold_label"),
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


def find_word_columns(told: Mapping[str, str], table: Table) -> dict[str, str]:
    """The columns of words and tags, or of texts and spans."""
    by_spans = "spans" in told or ("tokens" not in told and not usual("tokens", table))
    roles = ("text", "spans") if by_spans else ("tokens", "tags")
    columns = {role: told[role] if role in told else guess(role, table) for role in roles}
    if columns[roles[0]] is None:
        raise DataError(unknown_column("tokens", table))
    return {role: name for role, name in columns.items() if name is not None}


def find_text_columns(told: Mapping[str, str], table: Table, label: str = "label") -> dict[str, str]:
    """The columns of one or two texts and of what is asked of them.

    Args:
        label: the role of the answer.
    """
    columns = {role: name for role, name in told.items() if role in ("text", "text_pair", label)}
    if "text" not in columns:
        columns |= guess_texts(table)
    if label not in columns and (found := guess(label, table)) is not None:
        columns[label] = found
    return {role: columns[role] for role in ("text", "text_pair", label) if role in columns}


def guess_texts(table: Table) -> dict[str, str]:
    """The column of one text, or the columns of a usual pair. Raises: DataError: several, or none."""
    lower = {name.lower(): name for name in table.columns}
    pairs = [(lower[a], lower[b]) for a, b in PAIRS if a in lower and b in lower]
    paired = {name for pair in pairs for name in pair}
    singles = [name for name in usual("text", table) if name not in paired]
    if len(pairs) + len(singles) != 1:
        found = [" + ".join(pair) for pair in pairs] + singles
        raise DataError(doubtful("text", found, table) if found else unknown_column("text", table))
    return {"text": pairs[0][0], "text_pair": pairs[0][1]} if pairs else {"text": singles[0]}


def guess(role: str, table: Table) -> str | None:
    """The column with a usual name for a role, None without one. Raises: DataError: several."""
    found = usual(role, table)
    if role in ("tokens", "tags", "spans"):
        found = [name for name in found if is_list(table, name)] or found
    if len(found) > 1:
        raise DataError(doubtful(role, found, table))
    return found[0] if found else None


def usual(role: str, table: Table) -> list[str]:
    """The columns with a usual name for a role."""
    return [name for name in table.columns if name.lower() in USUAL[role]]


def is_list(table: Table, name: str) -> bool:
    """Whether a column holds lists."""
    first: Any = next((value for value in table.columns[name] if value is not None), None)
    return isinstance(first, list)


def doubtful(role: str, found: list[str], table: Table) -> str:
    """The fault of several columns for one role."""
    return (
        f"{table.file}: {' and '.join(repr(name) for name in found)} could each be the {role}. "
        f"Set `data.columns.{role}`. {listed(table.columns)}"
    )


def unknown_column(role: str, table: Table) -> str:
    """The fault of no column for a role."""
    example = " (as in `data.columns: {label: column 1, text: column 2}`)" if "column 1" in table.columns else ""
    return (
        f"{table.file}: no column has a usual name for the {role}. Set `data.columns.{role}`{example}. "
        f"{listed(table.columns)}"
    )


def listed(names: Iterable[str]) -> str:
    """The columns that are there, in a sentence."""
    return f"The columns are {', '.join(repr(name) for name in names)}."
