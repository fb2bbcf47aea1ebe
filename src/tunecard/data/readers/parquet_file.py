"""Parquet files, with the class names that the `datasets` library leaves in their schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tunecard.errors import DataError
from tunecard.rows.table import Table, table_of

# A few kilobytes of parquet can claim to be billions of rows; real sets for fine-tuning are far below these limits.
MAX_ROWS = 50_000_000
MAX_BYTES = 16 * 2**30


def read_parquet(path: Path) -> tuple[Table, dict[str, list[str]]]:
    """Reads a parquet file: its table, and class names by column where the schema declares them.

    Raises: DataError: not parquet, no rows, or more rows or bytes than can be meant.
    """
    try:
        file = pq.ParquetFile(path)
        _check_size(path.name, file.metadata)
        content = file.read()
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise DataError(
            f"{path.name}: cannot be read as parquet ({reason}). Write it again or download it again."
        ) from error
    if content.num_rows == 0:
        raise DataError(f"{path.name}: has no rows. It must hold at least one row.")
    columns = {name: content.column(name).to_pylist() for name in content.column_names}
    return table_of(path.name, columns), _class_names(content.schema.metadata or {})


def class_names_of(feature: Any) -> list[str] | None:
    """The names of a ClassLabel in the JSON form of a `datasets` feature, also inside a list; None without any."""
    if isinstance(feature, list) and feature:
        return class_names_of(feature[0])
    if not isinstance(feature, dict):
        return None
    if feature.get("_type") == "ClassLabel" and isinstance(feature.get("names"), list):
        return [str(name) for name in feature["names"]]
    return class_names_of(feature.get("feature"))


def _check_size(file: str, metadata: Any) -> None:
    held = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
    if metadata.num_rows > MAX_ROWS or held > MAX_BYTES:
        raise DataError(
            f"{file}: must hold at most {MAX_ROWS:,} rows and {MAX_BYTES // 2**30} GiB unpacked. "
            f"Got {metadata.num_rows:,} rows and {held / 2**30:.1f} GiB. Split the file or take a part of it."
        )


def _class_names(metadata: dict[bytes, bytes]) -> dict[str, list[str]]:
    try:
        features = json.loads(metadata.get(b"huggingface", b"{}"))["info"]["features"]
    except (ValueError, KeyError, TypeError):
        return {}  # Written by another library: no names are declared here, which is no fault.
    found = {name: class_names_of(feature) for name, feature in features.items()}
    return {name: names for name, names in found.items() if names}
