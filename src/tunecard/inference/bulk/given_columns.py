"""The columns of an input beside its answers: what each is called there, and how a table or a line holds its values."""

from __future__ import annotations

import base64
import datetime
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from tunecard.inference.bulk.column_types import Kinds
from tunecard.inference.bulk.input_columns import id_column
from tunecard.rows.text import is_broken_text

PREFIX = "input."


@dataclass(frozen=True)
class GivenColumns:
    """Which columns are given back, and under which names.

    A column keeps its name. Where an answer has that name (or `row`, `id`, `error`), the answer keeps it, and the
    column is given back as `input.NAME`; a column `id` is given back once, as the `id` that every output has.

    Attributes:
        known: the columns of the input.
        taken: names that an output has already.
        id_name: the column that identifies rows.
        kinds: column to the type in which a table holds it, None for text as JSON; empty for lines of JSON.
    """

    known: tuple[str, ...]
    taken: frozenset[str]
    id_name: str | None
    kinds: Kinds = field(default_factory=dict)

    def name_of(self, column: str) -> str:
        """What the column is called beside the answers.

        >>> GivenColumns(("text", "label"), frozenset({"row", "label"}), None).name_of("label")
        'input.label'
        """
        name = column
        while name in self.taken or (name != column and name in self.known):
            name = PREFIX + name
        return name

    @property
    def fields(self) -> dict[str, pa.DataType]:
        """Name to type of what is given back, in the order of the input."""
        columns = [column for column in self.known if not self._is_id(column)]
        return {self.name_of(column): self.kinds.get(column) or pa.string() for column in columns}

    @property
    def renamed(self) -> dict[str, str]:
        """Column to its other name, of those that have one."""
        return {c: self.name_of(c) for c in self.known if not self._is_id(c) and self.name_of(c) != c}

    def beside(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values of one row under the names that they have beside an answer."""
        return {
            self.name_of(column): self._held(column, value)
            for column, value in values.items()
            if not self._is_id(column)
        }

    def _held(self, column: str, value: Any) -> Any:
        if not self.kinds:
            return plain(value)
        kind = self.kinds.get(column)
        if kind is not None and kind != pa.string():
            return value
        is_text = isinstance(value, str) or value is None
        return plain(value) if is_text else json.dumps(plain(value), ensure_ascii=False)

    def _is_id(self, column: str) -> bool:
        return column == self.id_name == "id"


def given_columns(names: Iterable[str], answers: Iterable[str], kinds: Kinds | None = None) -> GivenColumns:
    """The columns of an input, beside the answers of a task.

    Args:
        names: the columns that are known before any row is read.
        answers: names that an answer has.
        kinds: of all columns, where a table is written.
    """
    known = tuple(dict.fromkeys([*names, *(kinds or {})]))
    id_name = id_column(known)
    taken = {"row", "error", *answers, *(["id"] if id_name else [])}
    return GivenColumns(known, frozenset(taken), id_name, kinds or {})


def plain(value: Any) -> Any:
    """A value as JSON has it: times in ISO 8601, decimals as text, bytes in base64, no NaN and no broken text.

    >>> plain({"on": datetime.date(2026, 11, 29), "share": math.nan, "by": b"hi"})
    {'on': '2026-11-29', 'share': None, 'by': 'aGk='}
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str):
        return value.encode(errors="replace").decode() if is_broken_text(value) else value
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list | tuple) else _as_text(value)


def _as_text(value: Any) -> str:
    """What JSON has no word for."""
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)
