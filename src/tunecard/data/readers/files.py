"""Paths to tables: which reader for which file, and which files of a folder are which split."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tunecard.data.readers.conll_file import is_conll, read_conll
from tunecard.data.readers.csv_file import read_csv, read_tsv
from tunecard.data.readers.jsonl_file import read_json, read_jsonl
from tunecard.data.readers.parquet_file import read_parquet
from tunecard.errors import DataError, nearest
from tunecard.evidence.files import sha256_of
from tunecard.rows.dataset import DataFile
from tunecard.rows.table import Table, join_tables

READERS = {
    ".csv": read_csv,
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".json": read_json,
    ".conll": read_conll,
    ".iob": read_conll,
    ".iob2": read_conll,
    ".bio": read_conll,
    ".txt": read_conll,
}
SUFFIXES = (".csv", ".tsv", ".jsonl", ".json", ".parquet", ".conll", ".iob", ".iob2", ".bio", ".txt", ".ndjson")
_NO_DATA = re.compile(r"(metadata\.json$|license|licence|readme|\.)", re.IGNORECASE)
ALIASES = {"train": ("train", "training"), "validation": ("validation", "valid", "dev", "val"), "test": ("test",)}


@dataclass
class Reading:
    """What was read from one or several files: tables, class names that files declare, every fault, the files."""

    tables: dict[str, Table] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    files: list[DataFile] = field(default_factory=list)

    def read(self, split: str, paths: Iterable[Path]) -> None:
        """Reads the files of one split, end to end; faults are kept so that all of them can be told at once."""
        tables = []
        for path in paths:
            try:
                table, names = read_file(path)
            except DataError as error:
                self.problems.extend(error.problems)
                continue
            tables.append(table)
            self.names |= names
            self.files.append(DataFile(path.name, split, path.stat().st_size, sha256_of(path), len(table)))
        if tables:
            self.tables[split] = join_tables(tables)


def read_file(path: Path) -> tuple[Table, dict[str, list[str]]]:
    """Reads one file by its suffix: its table and the class names it declares.

    Raises: DataError: no such file (with the nearest name there), an unknown kind of file, or what its reader says.
    """
    if path.is_dir():
        raise DataError(f"{path.name}: must be a file here. Got a folder. Name the folder alone as `data.source`.")
    if not path.is_file():
        raise DataError(f"{path.name}: no such file in {folder_name(path.parent)}.{_near(path)}")
    try:
        return _read(path, path.suffix.lower())
    except OSError as error:
        raise DataError(f"{path.name}: cannot be read ({error.strerror}). Check its permissions.") from error


def _read(path: Path, suffix: str) -> tuple[Table, dict[str, list[str]]]:
    if path.stat().st_size == 0:
        raise DataError(f"{path.name}: the file is empty. It must hold at least one row.")
    if suffix == ".parquet":
        return read_parquet(path)
    if suffix == ".tsv":
        return (read_conll if is_conll(path) else read_tsv)(path), {}
    if suffix not in READERS:
        raise DataError(f"{path.name}: must be one of {', '.join(SUFFIXES)}. Got {suffix or 'no suffix'!r}.")
    return READERS[suffix](path), {}


def split_files(folder: Path, splits: Mapping[str, str | None]) -> dict[str, list[Path]]:
    """The files of each split in a folder: `train.*`, `validation.*` (or valid, dev), `test.*`, or shards of them.

    Args:
        splits: canonical name to the name in this folder.

    Raises: DataError: two kinds of file for one split, or a split that was named and is not there.
    """
    files = data_files(folder)
    found: dict[str, list[Path]] = {}
    problems = []
    for split, name in splits.items():
        if name is None:
            continue
        paths = _files_of(files, ALIASES.get(split, ()) if name == split else (name,))
        stems = {(path.stem.split("-")[0], path.suffix) for path in paths}
        if len(stems) > 1:
            problems.append(
                f"{folder_name(folder)}: one file must hold the split {split!r}. "
                f"Got {', '.join(path.name for path in paths)}. Name the files in `data.source`, a path for each split."
            )
        elif paths:
            found[split] = paths
        elif name != split:
            problems.append(
                f"{folder_name(folder)}: `data.splits.{split}` is {name!r} and there is no such file."
                f"{nearest(name, [path.stem for path in files])} {_listed(files)}"
            )
    if problems:
        raise DataError(problems)
    return found


def data_files(folder: Path) -> list[Path]:
    """The files of a folder that may hold rows, by name; not `metadata.json`, nor a licence or a readme."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.is_file() and path.suffix.lower() in SUFFIXES and not _NO_DATA.match(path.name)
    )


def no_train_file(folder: Path, name: str) -> DataError:
    """The fault of a folder without a training split: what is there, and the two ways out."""
    files = data_files(folder)
    return DataError(
        f"{folder_name(folder)}: must hold a file {name}.csv, .tsv, .jsonl, .parquet or .conll. {_listed(files)} "
        "Name the split in `data.splits.train` or the file in `data.source`."
    )


def folder_name(folder: Path) -> str:
    """A folder as people name it: as given, or by its own name where a path is absolute."""
    return f"folder '{folder.name or folder.resolve().name}'"


def _files_of(files: list[Path], stems: Iterable[str]) -> list[Path]:
    pattern = re.compile(rf"({'|'.join(re.escape(stem) for stem in stems)})(-\d+-of-\d+)?$", re.IGNORECASE)
    return [path for path in files if pattern.match(path.stem)]


def _listed(files: list[Path]) -> str:
    if not files:
        return "It holds no data files."
    names = [path.name for path in files[:10]]
    return f"It holds {', '.join(names)}{' and more' if len(files) > len(names) else ''}."


def _near(path: Path) -> str:
    if not path.parent.is_dir():
        return " There is no such folder."
    return nearest(path.name, [other.name for other in path.parent.iterdir() if other.is_file()])
