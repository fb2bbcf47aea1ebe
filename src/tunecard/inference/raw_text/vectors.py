"""Texts to vectors, pairs of texts to their cosine: an adapter that learned from pairs reads single texts as well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tunecard.inference.engine import Engine
from tunecard.inference.raw_text.steps import Steps
from tunecard.inference.raw_text.texts import TextRows

_TEXTS = TextRows()


@dataclass(frozen=True)
class VectorRows:
    """Texts, or pairs of texts, whatever the adapter was trained on; see `RowKind`."""

    roles: tuple[str, ...] = _TEXTS.roles

    def told_faults(self, told: Mapping[str, str]) -> list[str]:
        return _TEXTS.told_faults(told)

    def usual_columns(self, names: Sequence[str], is_pair: bool | None) -> list[dict[str, str]]:
        return _TEXTS.usual_columns(names, None)

    def wanted(self, is_pair: bool | None) -> tuple[str, tuple[str, ...]]:
        return "a text or a pair of texts", _TEXTS.roles

    def value_of(self, record: Mapping[str, Any], columns: Mapping[str, str]) -> tuple[Any, str | None]:
        return _TEXTS.value_of(record, columns)

    def fault_of(self, row: Any, is_pair: bool | None) -> str | None:
        return _TEXTS.fault_of(row, None)

    def parts(self, is_pair: bool | None) -> tuple[str, ...]:
        return self.roles

    def row_of(self, texts: Sequence[str]) -> Any:
        return _TEXTS.row_of(texts)

    def rows_of(self, inputs: Mapping[str, Sequence[Any]]) -> list[Any]:
        return _TEXTS.rows_of(inputs)

    def fault_together(self, rows: Sequence[Any]) -> str | None:
        return _TEXTS.fault_together(rows)

    def predict(self, engine: Engine, rows: Sequence[Any]) -> Steps[list[dict[str, Any]]]:
        return _TEXTS.predict(engine, rows)
