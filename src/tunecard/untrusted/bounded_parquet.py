"""Parquet that somebody else wrote: a kilobyte may say one text a million times, so what it unpacks to is counted.

Texts are read as a dictionary and places in it, as such a file holds them; only what is in bounds is unfolded.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tunecard.untrusted.plain_files import UnfitFile, open_plain

ALWAYS_READ = 100_000_000  # bytes, however small the file
MOST_FOLD = 100  # times the size of the file; texts pack to a tenth, and labels alone to less than that
BYTES_OF_A_NUMBER = 8
COUNTED_ROWS = 50_000  # a place in a dictionary takes four bytes


def check_parquet(path: Path) -> None:
    """Raises: UnfitFile: no plain file, or one that unpacks to far more. OSError, ArrowException: no parquet."""
    for _ in _groups_in_bounds(path):
        pass


def batches_in_bounds(path: Path, file: pq.ParquetFile, batch_rows: int) -> Iterator[Any]:
    """The batches of an opened file; each group of rows is counted before it is read. Raises: as `check_parquet`."""
    for group in _groups_in_bounds(path):
        yield from file.iter_batches(batch_size=batch_rows, row_groups=[group])


def check_footer(path: Path) -> int:
    """How many bytes the file may unpack to. Raises: UnfitFile: its own footer says that it is more."""
    with open_plain(path) as stream:
        size = stream.seek(0, 2)
        stream.seek(0)
        footer = pq.read_metadata(stream)
    groups = [footer.row_group(place) for place in range(footer.num_row_groups)]
    numbers = sum(group.column(place).num_values for group in groups for place in range(group.num_columns))
    most = max(ALWAYS_READ, MOST_FOLD * size)
    _check(sum(group.total_byte_size for group in groups), size, most)
    _check(numbers * BYTES_OF_A_NUMBER, size, most)
    return most


def _groups_in_bounds(path: Path) -> Iterator[int]:
    """The groups of rows, each after its texts were counted. Raises: UnfitFile: as soon as all so far are too many."""
    most, names, total = check_footer(path), _text_columns(path), 0
    with pq.ParquetFile(path, read_dictionary=names) as file:
        for group in range(file.num_row_groups):
            # Texts inside lists cannot be read as a dictionary across groups.
            for batch in file.iter_batches(batch_size=COUNTED_ROWS, row_groups=[group], columns=names):
                total += sum(map(_text_bytes, batch.columns))
                _check(total, path.stat().st_size, most)
            yield group


def _text_columns(path: Path) -> list[str]:
    with pq.ParquetFile(path) as file:
        columns = (file.schema.column(place) for place in range(len(file.schema)))
        return [column.path for column in columns if column.physical_type == "BYTE_ARRAY"]


def _text_bytes(array: Any) -> int:
    """Bytes of all texts of an array, at any depth, unfolded."""
    if pa.types.is_dictionary(array.type):
        lengths = pc.binary_length(array.dictionary)
        return int(pc.sum(pc.take(lengths, array.indices)).as_py() or 0)
    if pa.types.is_struct(array.type):
        return sum(map(_text_bytes, array.flatten()))
    if pa.types.is_map(array.type):
        return _text_bytes(array.keys) + _text_bytes(array.items)
    if pa.types.is_list(array.type) or pa.types.is_large_list(array.type) or pa.types.is_fixed_size_list(array.type):
        return _text_bytes(array.flatten())
    return int(array.nbytes)


def _check(unpacked: int, size: int, most: int) -> None:
    if unpacked > most:
        raise UnfitFile(f"its {size:,} bytes unpack to {unpacked:,} or more, and at most {most:,} are read")
