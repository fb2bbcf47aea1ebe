"""An input read once before any row is predicted: its rows, its shards, its columns with their types, its sha256."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tunecard.bulk.parts import is_part_without_rows, parts_of
from tunecard.counted import Count, counted
from tunecard.data.readers.formats import open_rows
from tunecard.data.readers.notes import Notes, told
from tunecard.data.readers.options import ReadingOptions
from tunecard.data.readers.records import Records, no_rows
from tunecard.errors import DataError
from tunecard.evidence.files import sha256_of
from tunecard.inference.adapter_folder import AdapterFolder
from tunecard.inference.bulk.answering import Layout, columns_to_read, layout_of
from tunecard.inference.bulk.column_types import Kinds, kinds_of
from tunecard.inference.bulk.windows import readable, windows_of
from tunecard.inference.bulk.writing import LINES

# Whose first rows need not show every column.
LOOSE = (".jsonl", ".ndjson", ".json")


@dataclass(frozen=True)
class Part:
    """One file of the input.

    Attributes:
        path: where it lies.
        first: position of its first row in the input.
        first_shard: number of its first shard.
        sizes: rows of each of its shards; a shard is a window of rows.
        sha256: of the file.
    """

    path: Path
    first: int
    first_shard: int
    sizes: tuple[int, ...]
    sha256: str

    @property
    def rows(self) -> int:
        """All rows of the file."""
        return sum(self.sizes)

    @property
    def shards(self) -> range:
        """Numbers of its shards."""
        return range(self.first_shard, self.first_shard + len(self.sizes))


@dataclass(frozen=True)
class Survey:
    """What an input holds.

    Attributes:
        parts: in order.
        layout: what is read and what is written.
        notes: what was found and done in reading, a sentence each.
    """

    parts: tuple[Part, ...]
    layout: Layout
    notes: tuple[str, ...]

    @property
    def rows(self) -> int:
        """All rows of the input."""
        return sum(part.rows for part in self.parts)


def survey(
    source: Path,
    suffix: str,
    adapter: AdapterFolder,
    columns: Mapping[str, str] | None,
    reading: ReadingOptions,
    *,
    only_predictions: bool,
) -> Survey:
    """Reads an input once.

    Args:
        source: a file that `predict` reads, or a folder of part files of one kind.
        suffix: of the output: of lines of JSON no types are needed.
        columns: role to column, as told; else as the adapter was made, or by usual names.
    Raises: DataError: no such input, or columns that are missing, doubtful, or others in some of the parts.
    """
    paths = parts_of(source.resolve())
    reading = replace(reading, columns=columns or {})
    filled = [path for path in paths if path not in _without_rows(source, paths)]
    if not filled:
        raise no_rows(source.name)
    names, chosen, are_lines = _columns(filled, adapter, columns, reading)
    needs_kinds = not only_predictions and suffix != LINES
    seen = _Seen(reading)
    with counted("Reading rows", None, "rows") as count:
        windows = (window for path in paths for window in seen.windows(path, path in filled, count))
        kinds = kinds_of(windows) if needs_kinds and not are_lines else _exhausted(windows)
    if needs_kinds and are_lines:
        kinds = kinds_of([[{name: ""} for name in names or ["text"]]])
    layout = layout_of(adapter.task, names, chosen, kinds, only_predictions=only_predictions)
    return Survey(tuple(seen.parts), layout, told(seen.noted))


def _without_rows(source: Path, paths: Sequence[Path]) -> set[Path]:
    return {path for path in paths if is_part_without_rows(path)} if source.is_dir() else set()


def _columns(
    paths: Sequence[Path], adapter: AdapterFolder, told: Mapping[str, str] | None, reading: ReadingOptions
) -> tuple[list[str], dict[str, str], bool]:
    """All columns, which of them are read, and whether the rows are lines.

    Raises: DataError: columns that are missing or doubtful; every part whose columns are not those of the first.
    """
    opened = [_opened(path, reading) for path in paths]
    chosen = columns_to_read(opened[0], adapter.task, adapter.is_pair, told, adapter.columns)
    is_loose = paths[0].suffix.lower() in LOOSE
    wanted = set(chosen.values()) if is_loose else set(opened[0].names)
    faults = [
        f"{records.file}: must have the columns {', '.join(map(repr, sorted(wanted)))} as {opened[0].file} has. "
        f"Got {', '.join(map(repr, records.names)) or 'none'}."
        for records in opened[1:]
        if not (wanted <= set(records.names) if is_loose else wanted == set(records.names))
    ]
    if faults:
        raise DataError(faults)
    return list(dict.fromkeys(name for one in opened for name in one.names)), chosen, opened[0].are_lines


def _opened(path: Path, reading: ReadingOptions) -> Records:
    """Names and kind of a file; its rows are not to be read any more."""
    with ExitStack() as stack:
        return open_rows(path, stack, reading)


def _exhausted(windows: Iterator[Any]) -> Kinds:
    for _ in windows:
        pass
    return {}


class _Seen:
    """What reading the parts one after the other comes to."""

    def __init__(self, reading: ReadingOptions) -> None:
        self._reading = reading
        self.parts: list[Part] = []
        self.noted: list[tuple[str, Notes]] = []

    def windows(self, path: Path, has_rows: bool, count: Count) -> Iterator[list[dict[str, Any]]]:
        """The rows of a part in its windows, without those that cannot be read."""
        sizes: list[int] = []
        if has_rows:
            with ExitStack() as stack:
                records = open_rows(path, stack, self._reading)
                for window in windows_of(records.rows):
                    sizes.append(len(window))
                    count.advance(len(window))
                    yield readable(window)
                self.noted.append((records.file, records.notes))
        last = self.parts[-1] if self.parts else None
        first, first_shard = (last.first + last.rows, last.shards.stop) if last else (0, 0)
        self.parts.append(Part(path, first, first_shard, tuple(sizes), sha256_of(path)))
