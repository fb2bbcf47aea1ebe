"""The words in a parquet file: the values of its columns of strings, each once, and the notes of its schema."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tunecard.publishing.privacy.passage import Passage

ARROWS_OWN = b"ARROW:schema"  # the types once more, in binary


def column_passages(path: Path) -> Iterator[Passage]:
    """Every different string of every column, with the row in which it first stands (counted from 1)."""
    try:
        schema = pq.read_schema(path)
    except (OSError, pa.ArrowException) as error:
        yield Passage(str(error), place="inside")
        return
    notes = [part for key, note in (schema.metadata or {}).items() if key != ARROWS_OWN for part in (key, note)]
    yield Passage("\n".join([*schema.names, *(note.decode("utf-8", "replace") for note in notes)]), place="schema")
    for field in schema:
        if _holds_strings(field.type):
            for value, row in first_rows(path, field.name):
                yield Passage(value, place=f"column {field.name}, row {row}")


def first_rows(path: Path, name: str) -> list[tuple[str, int]]:
    """The different strings of a column of strings, or of lists of them, each with its first row (counted from 1)."""
    array: Any = pq.read_table(path, columns=[name]).column(0).combine_chunks()
    rows = np.arange(1, len(array) + 1)
    while _is_list(array.type):
        rows = np.repeat(rows, np.asarray(array.value_lengths().fill_null(0)))
        array = array.flatten()
    encoded = array.dictionary_encode()
    codes, firsts = np.unique(np.asarray(encoded.indices.fill_null(-1)), return_index=True)
    words = encoded.dictionary.to_pylist()
    return [(words[code], int(rows[first])) for code, first in zip(codes, firsts, strict=True) if code >= 0]


def _holds_strings(kind: Any) -> bool:
    while _is_list(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _is_list(kind: Any) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))
