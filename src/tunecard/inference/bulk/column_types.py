"""Which type of a table holds all values of a column: found by reading them once, so that no row surprises later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import pyarrow as pa

# Column to its type; None: no type holds all of its values but the text of each as JSON.
Kinds: TypeAlias = dict[str, pa.DataType | None]
EXACT_IN_A_FLOAT = 2**53
_NUMBERS = {pa.int64(), pa.float64()}


def kinds_of(windows: Iterable[Sequence[Mapping[str, Any]]]) -> Kinds:
    """The type of every column.

    Args:
        windows: all rows of an input, some at a time; a row may lack a column.
    """
    kinds: Kinds = {}
    inexact: set[str] = set()  # whole numbers that no float holds
    for window in windows:
        for column in dict.fromkeys(name for values in window for name in values):
            values = [row.get(column) for row in window]
            kind = _kind(values)
            if kind == pa.int64() and any(abs(value or 0) > EXACT_IN_A_FLOAT for value in values):
                inexact.add(column)
            kinds[column] = _joined(kinds[column], kind) if column in kinds else kind
            if kinds[column] == pa.float64() and column in inexact:
                kinds[column] = None
    return {column: pa.string() if kind == pa.null() else kind for column, kind in kinds.items()}


def _kind(values: list[Any]) -> pa.DataType | None:
    try:
        kind = pa.array(values).type
    except (pa.ArrowException, OverflowError, UnicodeError, TypeError, ValueError):
        return (
            pa.string() if all(value is None or isinstance(value, str) for value in values) else None
        )  # broken text is mended
    return kind if _is_storable(kind) else None


def _joined(before: pa.DataType | None, more: pa.DataType | None) -> pa.DataType | None:
    if before == more or more == pa.null():
        return before
    if before == pa.null():
        return more
    return pa.float64() if {before, more} == _NUMBERS else None


def _is_storable(kind: pa.DataType) -> bool:
    """Whether parquet has it: a mapping without keys it has not."""
    if pa.types.is_struct(kind):
        return kind.num_fields > 0 and all(_is_storable(kind.field(place).type) for place in range(kind.num_fields))
    return _is_storable(kind.value_type) if pa.types.is_list(kind) else True
