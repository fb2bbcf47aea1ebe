"""Files of rows one after the other as one file, byte for byte as if one writer had written all of their rows."""

from __future__ import annotations

import io
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from tunecard.inference.bulk.writing import open_writer, parquet_writer, schema_of


def join_files(
    paths: Sequence[Path], stream: BinaryIO, suffix: str, columns: Mapping[str, pa.DataType], has_id: bool
) -> None:
    """Writes the rows of several files of one kind, in order, to a stream.

    Args:
        suffix, columns, has_id: as each of them was written with (`open_writer`).
    """
    if suffix == ".parquet":
        _join_tables(paths, stream, schema_of(columns, has_id))
        return
    head = _without_rows(suffix, columns, has_id)
    stream.write(head)
    for path in paths:
        with path.open("rb") as part:
            part.seek(len(head))
            shutil.copyfileobj(part, stream)


def _without_rows(suffix: str, columns: Mapping[str, pa.DataType], has_id: bool) -> bytes:
    """A file of no rows: what each file begins with."""
    stream = io.BytesIO()
    open_writer(stream, suffix, columns, has_id).close()
    return stream.getvalue()


def _join_tables(paths: Sequence[Path], stream: BinaryIO, schema: pa.Schema) -> None:
    with parquet_writer(stream, schema) as writer:
        for path in paths:
            with pq.ParquetFile(path) as part:
                for group in range(part.num_row_groups):
                    writer.write_table(part.read_row_group(group))
