"""How large a file may be before it is opened: a folder from elsewhere must not fill the reader's memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tunecard.evidence import RunFolder
from tunecard.evidence.ledger import MEGABYTE, MOST_BYTES, PREDICTIONS
from tunecard.verification.report import Check, judged

MOST_FILES = 10_000
MOST_PREDICTION_BYTES = 4_000 * MEGABYTE
MOST_UNPACKED_BYTES = 8_000 * MEGABYTE
MOST_ROWS = 5_000_000
MOST_VALUES = 200_000_000


def check_size(folder: RunFolder) -> Check:
    """No file is larger than what a run writes, before anything of it is read."""
    problems = list(_problems(folder))
    return judged("size", problems, "no file is too large to be read")


def _problems(folder: RunFolder) -> Iterator[str]:
    files = folder.listed_files()
    if len(files) > MOST_FILES:
        yield f"{len(files)} files; a run folder has at most {MOST_FILES:,}"
        return
    for name, most in MOST_BYTES.items():
        path = folder.path / name
        if path.is_file() and not path.is_symlink() and path.stat().st_size > most:
            yield f"{name} has {path.stat().st_size:,} bytes; at most {most:,} are read"
    for _, _, path in folder.prediction_files():
        if path.is_file() and not path.is_symlink():
            yield from _prediction_problems(path)


def _prediction_problems(path: Path) -> Iterator[str]:
    """What the footer says of a parquet file: a few kilobytes may unpack to more than a machine holds."""
    name = f"{PREDICTIONS}/{path.name}"
    if path.stat().st_size > MOST_PREDICTION_BYTES:
        yield f"{name} has {path.stat().st_size:,} bytes; at most {MOST_PREDICTION_BYTES:,} are read"
        return
    try:
        footer = pq.read_metadata(path)
        unpacked = sum(footer.row_group(group).total_byte_size for group in range(footer.num_row_groups))
        chunks = [
            footer.row_group(g).column(c) for g in range(footer.num_row_groups) for c in range(footer.num_columns)
        ]
        rows, values = footer.num_rows, sum(chunk.num_values for chunk in chunks)
    except (OSError, pa.ArrowException):
        return  # the check of the predictions says that it cannot be read
    if rows > MOST_ROWS or values > MOST_VALUES or unpacked > MOST_UNPACKED_BYTES:
        yield (
            f"{name} unpacks to {rows:,} rows, {values:,} values and {unpacked:,} bytes; at most {MOST_ROWS:,} rows, "
            f"{MOST_VALUES:,} values and {MOST_UNPACKED_BYTES:,} bytes are read"
        )
