"""The promise that every kind of row to be predicted keeps: its columns, what is wrong with one, and its answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from tunecard.inference.engine import Engine
from tunecard.inference.raw_text.steps import Steps


class RowKind(Protocol):
    """What a row to be predicted holds, by the name in `Task.reads`; one file a kind in this folder, listed in
    `kinds.py`. `is_pair` is whether the adapter was trained on pairs of texts, None where that is not known.

    Attributes:
        roles: that columns of an input may be told as.
    """

    @property
    def roles(self) -> tuple[str, ...]: ...

    def told_faults(self, told: Mapping[str, str]) -> list[str]:
        """What is wrong with columns that a caller named, all of them there, in sentences."""
        ...

    def usual_columns(self, names: Sequence[str], is_pair: bool | None) -> list[dict[str, str]]:
        """Role to column, for every way to read these columns by usual names; one where nothing is doubtful."""
        ...

    def wanted(self, is_pair: bool | None) -> tuple[str, tuple[str, ...]]:
        """What is looked for, in words, and the roles that a caller would name."""
        ...

    def value_of(self, record: Mapping[str, Any], columns: Mapping[str, str]) -> tuple[Any, str | None]:
        """The row of a record that has all these columns, and what is wrong with it."""
        ...

    def fault_of(self, row: Any, is_pair: bool | None) -> str | None:
        """What keeps a row from being predicted, in a sentence."""
        ...

    def parts(self, is_pair: bool | None) -> tuple[str, ...]:
        """What a person who types a row fills in, in order; `choices` are several, and the last."""
        ...

    def row_of(self, texts: Sequence[str]) -> Any:
        """The row that typed texts make, one or more, in the order of `parts`."""
        ...

    def rows_of(self, inputs: Mapping[str, Sequence[Any]]) -> list[Any]:
        """(N,) rows as `predict` takes them, of the inputs of a split."""
        ...

    def fault_together(self, rows: Sequence[Any]) -> str | None:
        """What keeps rows, each sound, from being predicted in one call."""
        ...

    def predict(self, engine: Engine, rows: Sequence[Any]) -> Steps[list[dict[str, Any]]]:
        """The task's answer to each row."""
        ...
