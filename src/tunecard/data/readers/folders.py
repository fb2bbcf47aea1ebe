"""Which files of a folder are which split: by their names, by their folders, saved by `datasets`, a folder a class."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from tunecard.data.readers.brat_folder import holds_marks
from tunecard.data.readers.class_folder import class_folders
from tunecard.data.readers.formats import TRAINING, folder_name
from tunecard.data.readers.kinds import kind_or_none, stem_of
from tunecard.data.readers.notes import Notes
from tunecard.data.readers.paired_lines import paired_files
from tunecard.data.readers.saved_folder import saved_files
from tunecard.errors import DataError, nearest

_NO_DATA = re.compile(
    r"(metadata\.json$|dataset_infos?\.json$|state\.json$|dataset_dict\.json$|license|licence|readme|\.)", re.I
)
ALIASES = {"train": ("train", "training"), "validation": ("validation", "valid", "dev", "val"), "test": ("test",)}
_DEEPEST = 2  # data/CONFIGURATION/
DATA = "data"


@dataclass(frozen=True)
class FolderFiles:
    """What a folder holds.

    Attributes:
        files: split to its files; a folder in the place of a file has a folder a class below it.
        notes: what a person must be told.
    """

    files: dict[str, list[Path]]
    notes: Notes = field(default_factory=dict)


@dataclass(frozen=True)
class Wanted:
    """What is looked for in a folder.

    Attributes:
        splits: canonical name to the name in this folder; None leaves it out.
        config: the folder of a configuration, where there are several.
        alone: the split of rows that are of no named split.
    """

    splits: Mapping[str, str | None]
    config: str | None = None
    alone: str = "train"


def split_files(folder: Path, wanted: Wanted) -> FolderFiles:
    """The files of each split in a folder, in this order of preference:

    what `save_to_disk` wrote; `train.*`, `validation.*` (or valid, dev), `test.*`, or shards of them; folders of these
    names with files of one kind, with a folder a class or with brat's texts and marks; the same below `data/` or below
    the folder of a configuration, as the Hub's repositories have it; a folder a class; one file alone.

    Raises: DataError: two kinds of file for one split, a split that was named and is not there, or several
        configurations.
    """
    found = _look(folder, wanted, 0) or FolderFiles({})
    missing = [
        _missing(folder, split, name)
        for split, name in wanted.splits.items()
        if name is not None and name != split and split not in found.files
    ]
    if missing:
        raise DataError(missing)
    return found


def data_files(folder: Path) -> list[Path]:
    """The files of a folder that may hold rows, by name; not `metadata.json`, nor a licence or a readme.

    One without an ending counts where it is called as a split is, or where nothing else lies there.
    """
    files = sorted(path for path in folder.iterdir() if path.is_file() and not _NO_DATA.match(path.name))
    named = [path for path in files if kind_or_none(path) in TRAINING or (_is_bare(path) and _names_a_split(path))]
    return named or [path for path in files if _is_bare(path)]


def _is_bare(path: Path) -> bool:
    return "." not in path.name


def no_train_file(folder: Path, name: str) -> DataError:
    """The fault of a folder without a training split: what is there, and the two ways out."""
    files = data_files(folder)
    return DataError(
        f"{folder_name(folder)}: must hold a file {name}.csv, .tsv, .jsonl, .parquet or .conll. {_listed(files)} "
        "Name the split in `data.splits.train` or the file in `data.source`."
    )


def _look(folder: Path, wanted: Wanted, depth: int) -> FolderFiles | None:
    files = saved_files(folder, _names(wanted), wanted.alone) or _named_files(folder, wanted) or _paired(folder, wanted)
    if files:
        return FolderFiles(files)
    files = _split_folders(folder, wanted)
    if files:
        return FolderFiles(files, _classes_told(files))
    return _below(folder, wanted, depth) or _alone(folder, wanted, depth)


def _names(wanted: Wanted) -> dict[str, tuple[str, ...]]:
    return names_of_splits(wanted.splits)


def names_of_splits(splits: Mapping[str, str | None]) -> dict[str, tuple[str, ...]]:
    """Split to the names that it may have; `splits` are the names that were asked for, None leaves one out."""
    return {
        split: ALIASES.get(split, ()) if name == split else (name,)
        for split, name in splits.items()
        if name is not None
    }


def _named_files(folder: Path, wanted: Wanted) -> dict[str, list[Path]]:
    files, found, problems = data_files(folder), {}, []
    for split, names in _names(wanted).items():
        paths = _files_of(files, names)
        if _are_of_one_kind(paths):
            found[split] = paths
        elif paths:
            problems.append(_two_kinds(folder, split, paths))
    if problems:
        raise DataError(problems)
    return found


def _paired(folder: Path, wanted: Wanted) -> dict[str, list[Path]]:
    """A file of texts beside one of their labels, a split each."""
    found = {split: paired_files(folder, names) for split, names in _names(wanted).items()}
    return {split: paths for split, paths in found.items() if paths}


def _split_folders(folder: Path, wanted: Wanted) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    folders = {path.name.lower(): path for path in _folders(folder)}
    for split, names in _names(wanted).items():
        for path in (folders[name.lower()] for name in names if name.lower() in folders):
            files = data_files(path)
            if class_folders(path) or holds_marks(path):
                found[split] = [path]
            elif files and len({kind_or_none(file) for file in files}) == 1:
                found[split] = files
            elif files:
                raise DataError(_two_kinds(path, split, files))
    return found


def _below(folder: Path, wanted: Wanted, depth: int) -> FolderFiles | None:
    """What lies below `data/` or the folder of a configuration; what else lies there is of no interest."""
    if depth == _DEEPEST:
        return None
    found = {}
    for path in _candidates(folder, wanted):
        below = _look(path, wanted, depth + 1)
        if below is not None and (path.name in (DATA, wanted.config) or "train" in below.files):
            found[path.name] = below
    if len(found) > 1:
        raise DataError(
            f"{folder_name(folder)}: holds several configurations: {', '.join(list(found)[:10])}. Say which: set "
            "`data.config`, or name its folder in `data.source`."
        )
    return next((replace(files, notes={f"read from {name}/": 0} | files.notes) for name, files in found.items()), None)


def _candidates(folder: Path, wanted: Wanted) -> list[Path]:
    """Folders to look into: that of the configuration, else `data/`, else all, unless they are classes."""
    folders = _folders(folder)
    for name in (wanted.config, DATA):
        named = [path for path in folders if path.name == name]
        if named:
            return named
    return [] if class_folders(folder) else folders


def _alone(folder: Path, wanted: Wanted, depth: int) -> FolderFiles | None:
    """A folder a class, or one file that is of no named split."""
    if class_folders(folder):
        files = {wanted.alone: [folder]}
        return FolderFiles(files, _classes_told(files))
    if holds_marks(folder) and _names(wanted).get(wanted.alone):
        return FolderFiles({wanted.alone: [folder]})
    paths = data_files(folder)
    if depth or len(paths) != 1 or not _names(wanted).get(wanted.alone) or _names_a_split(paths[0]):
        return None
    return FolderFiles({wanted.alone: paths}, {f"{paths[0].name}, the one file of rows, is read as {wanted.alone}": 0})


def _names_a_split(path: Path) -> bool:
    return any(_files_of([path], names) for names in ALIASES.values())


def _classes_told(files: Mapping[str, list[Path]]) -> Notes:
    names = dict.fromkeys(
        one.name for paths in files.values() for path in paths if path.is_dir() for one in class_folders(path)
    )
    return {f"the folders name the classes: {', '.join(list(names)[:20])}": 0} if names else {}


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith((".", "__")))


def _are_of_one_kind(paths: list[Path]) -> bool:
    return len({(stem_of(path.name).split("-")[0], kind_or_none(path)) for path in paths}) == 1


def _files_of(files: list[Path], stems: Iterable[str]) -> list[Path]:
    pattern = re.compile(rf"({'|'.join(re.escape(stem) for stem in stems)})(-\d+-of-\d+)?$", re.IGNORECASE)
    return [path for path in files if pattern.match(stem_of(path.name))]


def _two_kinds(folder: Path, split: str, paths: list[Path]) -> str:
    return (
        f"{folder_name(folder)}: one file must hold the split {split!r}. Got {', '.join(_few(paths))}. "
        "Name the files in `data.source`, a path for each split."
    )


def _missing(folder: Path, split: str, name: str) -> str:
    files = data_files(folder)
    return (
        f"{folder_name(folder)}: `data.splits.{split}` is {name!r} and there is no such file."
        f"{nearest(name, [stem_of(path.name) for path in files])} {_listed(files)}"
    )


def _listed(files: list[Path]) -> str:
    return f"It holds {', '.join(_few(files))}." if files else "It holds no data files."


def _few(files: list[Path]) -> Iterator[str]:
    yield from (path.name for path in files[:9])
    if len(files) > 10:
        yield f"{files[9].name} and more"
    else:
        yield from (path.name for path in files[9:])
