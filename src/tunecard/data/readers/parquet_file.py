"""Parquet files, with the class names that the `datasets` library leaves in their schema."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tunecard.data.readers.options import AS_FOUND, ReadingOptions
from tunecard.data.readers.records import Record, Records, Row, no_rows
from tunecard.errors import DataError
from tunecard.untrusted.bounded_parquet import batches_in_bounds

BATCH_ROWS = 500
# A few kilobytes of parquet can claim to be billions of rows; real sets for fine-tuning are far below these limits.
MAX_ROWS = 50_000_000
MAX_BYTES = 16 * 2**30


def open_parquet(path: Path, stack: ExitStack, options: ReadingOptions = AS_FOUND) -> Records:
    """A parquet file, with class names by column where the schema declares them.

    Raises: DataError: not parquet, no rows.
    """
    try:
        file = stack.enter_context(pq.ParquetFile(path))
    except (pa.ArrowException, OSError) as error:
        raise _broken(path.name, error) from error
    check_names(path.name, file.schema_arrow.names)
    if file.metadata.num_rows == 0:
        raise no_rows(path.name)
    return Records(
        path.name,
        list(file.schema_arrow.names),
        _rows(path, file),
        class_names=declared_names(file.schema_arrow.metadata or {}),
        too_large=_size_fault(file.metadata),
        is_text=False,
    )


def check_names(file: str, names: Sequence[str]) -> None:
    """Raises: DataError: two columns have one name, of which a row could hold the last alone."""
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise DataError(f"{file}: must name each column once. Got {repeated[0]!r} more than once.")


def class_names(features: Mapping[str, Any]) -> dict[str, list[str]]:
    """Column to names of every ClassLabel in the JSON form of a `datasets.Features`."""
    found = {column: _names_of(feature) for column, feature in features.items()}
    return {column: names for column, names in found.items() if names}


def _rows(path: Path, file: pq.ParquetFile) -> Iterator[Record]:
    try:
        for batch in batches_in_bounds(path, file, BATCH_ROWS):
            yield from map(Row, batch.to_pylist())
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise _broken(path.name, error) from error


def _broken(file: str, error: Exception) -> DataError:
    reason = str(error).splitlines()[0]
    if "magic bytes" in reason:
        reason += "; is it a pointer that `git lfs pull` would replace?"
    return DataError(f"{file}: cannot be read as parquet ({reason}). Write it again or download it again.")


def _size_fault(metadata: pq.FileMetaData) -> str:
    held = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
    if metadata.num_rows <= MAX_ROWS and held <= MAX_BYTES:
        return ""
    return (
        f"must hold at most {MAX_ROWS:,} rows and {MAX_BYTES // 2**30} GiB unpacked. "
        f"Got {metadata.num_rows:,} rows and {held / 2**30:.1f} GiB. Split the file or take a part of it."
    )


def declared_names(metadata: Mapping[bytes, bytes]) -> dict[str, list[str]]:
    try:
        return class_names(json.loads(metadata.get(b"huggingface", b"{}"))["info"]["features"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}  # Written by another library: no names are declared here, which is no fault.


def _names_of(feature: Any) -> list[str] | None:
    """The names of a ClassLabel, also inside a list; None without any."""
    if isinstance(feature, list) and feature:
        return _names_of(feature[0])
    if not isinstance(feature, dict):
        return None
    if feature.get("_type") == "ClassLabel" and isinstance(feature.get("names"), list):
        return [str(name) for name in feature["names"]]
    return _names_of(feature.get("feature"))
