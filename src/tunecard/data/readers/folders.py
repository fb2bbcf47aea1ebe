"""Which files of a folder are which split."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from tunecard.data.readers.formats import TRAINING, folder_name
from tunecard.data.readers.kinds import kind_or_none, stem_of
from tunecard.errors import DataError, nearest

_NO_DATA = re.compile(r"(metadata\.json$|license|licence|readme|\.)", re.IGNORECASE)
ALIASES = {"train": ("train", "training"), "validation": ("validation", "valid", "dev", "val"), "test": ("test",)}


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
        stems = {(stem_of(path.name).split("-")[0], kind_or_none(path)) for path in paths}
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
                f"{nearest(name, [stem_of(path.name) for path in files])} {_listed(files)}"
            )
    if problems:
        raise DataError(problems)
    return found


def data_files(folder: Path) -> list[Path]:
    """The files of a folder that may hold rows, by name; not `metadata.json`, nor a licence or a readme."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.is_file() and kind_or_none(path) in TRAINING and not _NO_DATA.match(path.name)
    )


def no_train_file(folder: Path, name: str) -> DataError:
    """The fault of a folder without a training split: what is there, and the two ways out."""
    files = data_files(folder)
    return DataError(
        f"{folder_name(folder)}: must hold a file {name}.csv, .tsv, .jsonl, .parquet or .conll. {_listed(files)} "
        "Name the split in `data.splits.train` or the file in `data.source`."
    )


def _files_of(files: list[Path], stems: Iterable[str]) -> list[Path]:
    pattern = re.compile(rf"({'|'.join(re.escape(stem) for stem in stems)})(-\d+-of-\d+)?$", re.IGNORECASE)
    return [path for path in files if pattern.match(stem_of(path.name))]


def _listed(files: list[Path]) -> str:
    if not files:
        return "It holds no data files."
    names = [path.name for path in files[:10]]
    return f"It holds {', '.join(names)}{' and more' if len(files) > len(names) else ''}."
