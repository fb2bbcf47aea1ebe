"""Arrow files, as `save_to_disk` of `datasets` and feather write them, with the class names that they declare."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.ipc

from tunecard.data.readers.options import AS_FOUND, ReadingOptions
from tunecard.data.readers.parquet_file import BATCH_ROWS, check_names, declared_names
from tunecard.data.readers.records import Record, Records, Row
from tunecard.errors import DataError
from tunecard.untrusted.bounded_parquet import ALWAYS_READ, MOST_FOLD
from tunecard.untrusted.plain_files import UnfitFile, open_plain

_BROKEN = (pa.ArrowException, OSError, ValueError, UnicodeDecodeError)


def open_arrow(path: Path, stack: ExitStack, options: ReadingOptions = AS_FOUND) -> Records:
    """An Arrow file or stream, batch by batch. Raises: DataError: no Arrow; on reading: broken, or far too large."""
    open_plain(path).close()  # a pipe would be waited for for ever
    try:
        source = stack.enter_context(pa.memory_map(str(path)))
        batches, schema = _batches(source)
    except _BROKEN as error:
        raise _broken(path.name, error) from error
    check_names(path.name, schema.names)
    return Records(
        path.name,
        list(schema.names),
        _rows(path, batches),
        class_names=declared_names(schema.metadata or {}),
        is_text=False,
    )


def _batches(source: Any) -> tuple[Iterator[Any], Any]:
    try:
        file = pa.ipc.open_file(source)
    except pa.ArrowInvalid:
        source.seek(0)
        stream = pa.ipc.open_stream(source)
        return iter(stream), stream.schema
    return (file.get_batch(number) for number in range(file.num_record_batches)), file.schema


def _rows(path: Path, batches: Iterator[Any]) -> Iterator[Record]:
    most, read = max(ALWAYS_READ, MOST_FOLD * path.stat().st_size), 0
    try:
        for batch in batches:
            read += batch.nbytes
            if read > most:
                raise UnfitFile(f"it unpacks to more than {most:,} bytes, and no more are read")
            for start in range(0, batch.num_rows, BATCH_ROWS):
                yield from map(Row, batch.slice(start, BATCH_ROWS).to_pylist())
    except _BROKEN as error:
        raise _broken(path.name, error) from error


def _broken(file: str, error: Exception) -> DataError:
    reason = str(error).splitlines()[0]
    return DataError(f"{file}: cannot be read as Arrow ({reason}). Write it again or download it again.")
