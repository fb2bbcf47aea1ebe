"""What is asked of bulk prediction, and what it came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tunecard.data.readers.options import AS_FOUND, ReadingOptions


@dataclass(frozen=True)
class BulkReport:
    """What bulk prediction came to.

    Attributes:
        rows: of the whole output.
        errors: how many of them could not be predicted.
        computed: how many rows this call predicted; the others were done before.
        notes: what was found and done in reading, a sentence each.
        renamed: columns of the input whose name an answer has, to the name under which they were given back.
        unchecked: what nothing vouches for in the adapter, a sentence each.
    """

    rows: int
    errors: int
    computed: int
    notes: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    unchecked: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wish:
    """What is asked for.

    Attributes:
        adapter: a run folder or an adapter.
        source: a file that `predict` reads, or a folder of part files of one kind.
        out: a .jsonl, .csv or .parquet file, or a folder to make with a part file for each of the input's.
        address: of a Ray cluster; None starts one on this machine for as long as it is needed.
        base, device, precision: as `load` takes them.
        columns: role to column; else as the adapter was made with, or by usual names.
        only_predictions: leaves the input's columns out, `id` aside.
        reading: separator and encoding of files that do not tell them.
    """

    adapter: Path
    source: Path
    out: Path
    address: str | None = None
    base: str | None = None
    device: str = "auto"
    columns: Mapping[str, str] | None = None
    only_predictions: bool = False
    reading: ReadingOptions = AS_FOUND
    precision: str = "fp32"
