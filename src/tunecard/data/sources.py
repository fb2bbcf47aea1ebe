"""`data.source` to opened sources: what the text means (file, folder, Hub id, embedded) and what lies there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any

from tunecard.data import embedded
from tunecard.data.held_out_only import may_stand_in, with_training_rows
from tunecard.data.hub import is_hub_id, is_loaded, open_hub, read_loaded
from tunecard.data.metadata import Metadata, read_metadata
from tunecard.data.plan import DataPlan
from tunecard.data.readers.excel_file import split_sheets
from tunecard.data.readers.folders import Wanted, data_files, names_of_splits, no_train_file, split_files
from tunecard.data.readers.formats import TRAINING
from tunecard.data.readers.kinds import unpacked_name
from tunecard.data.readers.tables import Reading
from tunecard.data.source import Source
from tunecard.errors import DataError, nearest
from tunecard.rows.dataset import SPLITS
from tunecard.untrusted.bounded_packing import PACKED


def open_sources(plan: DataPlan) -> list[Source]:
    """Opens everything `plan.source` names, in order.

    Raises: DataError or MachineError: every fault of every file at once.
    """
    if isinstance(plan.source, dict):
        return with_training_rows([_open_named(plan.source, plan)], plan)
    texts = plan.source if isinstance(plan.source, list) else [plan.source]
    if not texts:
        raise DataError("`data.source` must name a file, a folder or a Hub id. Got an empty list.")
    sources, problems = [], []
    for text, own in (_of_one(entry, plan) for entry in texts):
        try:
            sources.append(replace(_open(text, own), config=own.config))
        except DataError as error:
            problems.extend(error.problems)
    if problems:
        raise DataError(problems)
    return with_training_rows(sources, plan)


def _of_one(entry: str | Mapping[str, Any], plan: DataPlan) -> tuple[str, DataPlan]:
    """Where one source lies, and the plan with what is its own."""
    if isinstance(entry, str):
        return entry, plan
    own = {key: value for key in ("config", "revision") if (value := entry.get(key)) is not None}
    return entry["path"], replace(plan, **own)


def _open(text: str, plan: DataPlan) -> Source:
    path = (plan.base_folder / Path(text).expanduser()) if text else plan.base_folder
    if text == embedded.NAME and not path.exists():
        return _open_folder(embedded.FOLDER, embedded.SHOWN_NAME, plan)
    if path.is_dir():
        return _open_folder(path, path.resolve().name, plan)
    if path.is_file():
        return _source(path.name, path.parent, plan, lambda reading: _read_file(path, plan, reading))
    if path.is_symlink() or path.exists() or _looks_like_path(text, path) or not is_hub_id(text):
        raise DataError(_no_such(text, path))
    return open_hub(text, plan, nearest(path.name, _here(path)))


def _read_file(path: Path, plan: DataPlan, reading: Reading) -> None:
    """One file as one split, or, of a workbook, each sheet that is called as a split is."""
    try:
        sheets = split_sheets(path, names_of_splits(plan.splits)) if plan.config is None else {}
    except DataError as error:
        reading.problems.extend(error.problems)
        return
    if sheets:
        reading.noted.append((path.name, {f"its sheets are the splits: {', '.join(sheets.values())}": 0}))
        reading.read_sheets(path, sheets)
    else:
        reading.read("train" if plan.needs_train else "test", [path])


def _open_folder(folder: Path, name: str, plan: DataPlan) -> Source:
    try:
        held = split_files(folder, Wanted(plan.splits, plan.config, "train" if plan.needs_train else "test"))
    except OSError as error:
        raise DataError(
            f"folder '{name}': cannot be read ({error.strerror or error}). Check its permissions."
        ) from error
    files = held.files
    if not files or ("train" not in files and plan.needs_train and not _can_do_without(folder, files, plan)):
        raise no_train_file(folder, plan.splits.get("train") or "train")

    def read(reading: Reading) -> None:
        reading.noted.append((name, held.notes))
        for split, paths in files.items():
            reading.read(split, paths)

    return _source(name, folder, plan, read)


def _can_do_without(folder: Path, files: dict[str, list[Path]], plan: DataPlan) -> bool:
    """Whether held-out rows stand in for train, or another source has it: nothing else lies there."""
    read = {path for paths in files.values() for path in paths}
    return may_stand_in(files, plan) and set(data_files(folder)) <= read


def _open_named(named: dict[str, Any], plan: DataPlan) -> Source:
    unknown = [key for key in named if key not in SPLITS]
    if unknown:
        raise DataError([f"`data.source.{key}` is not a split.{nearest(key, SPLITS)}" for key in unknown])
    given = {split: value for split, value in named.items() if value is not None}
    if not given or ("train" not in given and plan.needs_train):
        raise DataError("`data.source.train` must name the file of training rows. Got nothing.")
    loaded = {split: value for split, value in given.items() if is_loaded(value)}
    listed = {split: value if isinstance(value, list) else [value] for split, value in given.items()}
    paths = {
        split: [plan.base_folder / Path(str(text)).expanduser() for text in texts]
        for split, texts in listed.items()
        if split not in loaded
    }

    def read(reading: Reading) -> None:
        for split in given:
            if split in loaded:
                reading.tables[split], names = read_loaded(loaded[split], split)
                reading.names |= names
            else:
                reading.read(split, paths[split])

    every = [path for several in paths.values() for path in several]
    return _source(_name_of(every), every[0].parent if every else None, plan, read)


def _source(name: str, folder: Path | None, plan: DataPlan, read: Callable[[Reading], None]) -> Source:
    reading = Reading(plan.reading)
    read(reading)
    metadata = Metadata({}, {})
    try:
        metadata = read_metadata(folder) if folder else metadata
    except DataError as error:
        reading.problems.extend(error.problems)
    if reading.problems:
        raise DataError(reading.problems)
    return Source(
        name=name,
        tables=reading.tables,
        names=reading.names | metadata.names,
        ids=reading.names,
        names_from="metadata.json" if metadata.names else "the files' own features",
        declared=metadata.declared,
        files=tuple(reading.files),
        notes=reading.notes,
        left_out=reading.left_out,
    )


def _name_of(paths: list[Path]) -> str:
    if not paths:
        return "data in memory"
    folders = {path.parent.resolve() for path in paths}
    if len(folders) == 1 and len(paths) > 1:
        return next(iter(folders)).name
    return " + ".join(dict.fromkeys(path.name for path in paths))


def _looks_like_path(text: str, path: Path) -> bool:
    first = text.split("/", maxsplit=1)[0]
    return (
        PurePath(unpacked_name(path.name)).suffix.lower() in (*TRAINING, *PACKED)
        or first in ("", ".", "..", "~")
        or text.count("/") > 1
        or ("/" in text and path.parent.is_dir())
    )


def _no_such(text: str, path: Path) -> str:
    if path.exists():
        return f"{text}: must be a file or a folder. Got a pipe, a device or a socket. Check `data.source`."
    if path.is_symlink():
        return f"{text}: is a link that leads to no file. Check `data.source`."
    if not path.parent.is_dir():
        return f"{text}: no such file or folder; {path.parent.name!r} is no folder either. Check `data.source`."
    return f"{text}: no such file or folder.{nearest(path.name, _here(path))} Check `data.source`."


def _here(path: Path) -> list[str]:
    return sorted(other.name for other in path.parent.iterdir()) if path.parent.is_dir() else []
