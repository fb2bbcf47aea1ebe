"""The Hub's own parquet copy of a data set (`refs/convert/parquet`), for data sets that are scripts: no script is run.

The copy lies in CONFIGURATION/SPLIT/0000.parquet. Scripts of T-NER leave the names of their tags in a file beside the
data, which the copy does not hold; they are taken from there.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunecard.data.plan import DataPlan
from tunecard.data.reachability import is_offline_wanted, offline_if_unreachable
from tunecard.data.readers.tables import Reading
from tunecard.errors import DataError, nearest
from tunecard.rows.dataset import DataFile
from tunecard.rows.table import Table
from tunecard.tasks.columns import USUAL
from tunecard.untrusted.bounded_json import read_json

if TYPE_CHECKING:
    from huggingface_hub import HfApi

REF = "refs/convert/parquet"
_LABELS = ("dataset/label.json", "label.json")
_LARGEST = 1_000_000
_PARTS = 3
_PARTIAL = "partial-"  # of a split that the Hub copied in part only, since it is very large

Choose = Callable[[list[str]], Mapping[str, str]]


@dataclass
class Converted:
    """What was read: tables and files by split, the copy's commit, class names by column, and where they stand.

    Every name is one of an id that the rows hold.
    """

    tables: dict[str, Table]
    files: list[DataFile]
    commit: str
    names: dict[str, list[str]] = field(default_factory=dict)
    names_from: str = ""
    notes: list[str] = field(default_factory=list)


def read_converted(identifier: str, plan: DataPlan, choose: Choose) -> Converted:
    """Reads the copy, or what the local cache has of it.

    Args:
        choose: the names of the splits that are there to canonical name and name.
    Raises: DataError: which configuration is open, no such split, files that cannot be read. What the Hub's client
        raises where there is no copy, or no network.
    """
    with offline_if_unreachable():
        copy = _Copy(identifier, plan.revision or REF)
        config = _config(identifier, sorted({path.split("/")[0] for path in copy.paths}), plan)
        splits: dict[str, list[str]] = {}
        for path in copy.paths:
            if path.split("/")[0] == config:
                splits.setdefault(path.split("/")[1].removeprefix(_PARTIAL), []).append(path)
        reading = Reading(plan.reading)
        for split, name in choose(list(splits)).items():
            _read(reading, split, name, [copy.fetch(path) for path in splits[name]])
        if reading.problems:
            raise DataError(reading.problems)
        found = Converted(reading.tables, reading.files, copy.commit, reading.names, "the features of the Hub data set")
        found.notes.append(
            f"{identifier}: is a script, which is not run; the rows are those of the Hub's own parquet copy ({REF}, "
            f"configuration {config}, commit {copy.commit})"
        )
        if any(path.split("/")[1].startswith(_PARTIAL) for path in copy.paths if path.startswith(f"{config}/")):
            found.notes.append(f"{identifier}: the copy holds only a part of the rows, as the Hub says itself")
        _name_tags(identifier, copy, found)
    return found


def has_cached_copy(identifier: str, plan: DataPlan) -> bool:
    """Whether the local cache holds the copy, from an earlier run."""
    return _cached(identifier, plan.revision or REF) is not None


def hub_client() -> HfApi:
    """A client of the Hub, or of the server that HF_ENDPOINT names."""
    from huggingface_hub import HfApi

    return HfApi(os.environ.get("HF_ENDPOINT"))


class _Copy:
    """The parquet files of a revision, and how each is fetched."""

    def __init__(self, identifier: str, revision: str) -> None:
        self._api, self._identifier, self._revision = hub_client(), identifier, revision
        cached = _cached(identifier, revision) if _is_offline() else None
        if cached is not None:
            self.commit = cached.name
            names = [path.relative_to(cached).as_posix() for path in cached.rglob("*.parquet")]
        else:
            info = self._api.dataset_info(identifier, revision=revision)
            self.commit = str(info.sha)
            names = [file.rfilename for file in info.siblings or []]
        self.paths = sorted(name for name in names if name.endswith(".parquet") and name.count("/") == _PARTS - 1)
        if not self.paths:
            raise DataError(
                f"{identifier}: revision {revision} holds no parquet copy. Leave out `data.revision`, or name a commit "
                f"of {REF}."
            )

    def fetch(self, name: str) -> Path:
        path = Path(self.fetch_from(name, self._revision))
        if self.commit not in path.parts:
            raise DataError(f"{self._identifier}: its parquet copy changed while it was read. Run again.")
        return path

    def fetch_from(self, name: str, revision: str | None) -> str:
        """A file of any revision. Raises: what the Hub's client raises."""
        return str(self._api.hf_hub_download(self._identifier, name, repo_type="dataset", revision=revision))


def _is_offline() -> bool:
    from huggingface_hub import constants

    return is_offline_wanted() or bool(constants.HF_HUB_OFFLINE)


def _cached(identifier: str, revision: str) -> Path | None:
    try:
        from huggingface_hub import snapshot_download

        folder = Path(snapshot_download(identifier, repo_type="dataset", revision=revision, local_files_only=True))
    except (ImportError, OSError, ValueError):  # the client's word for: not there
        return None
    return folder if any(folder.rglob("*.parquet")) else None


def _config(identifier: str, present: list[str], plan: DataPlan) -> str:
    if plan.config in present:
        return str(plan.config)
    if plan.config is None and len(present) == 1:
        return present[0]
    if plan.config is None and "default" in present:
        return "default"
    shown = ", ".join(present[:20]) + (" and more" if len(present) > 20 else "")
    hint = f"There is no {plan.config!r}.{nearest(plan.config, present)} " if plan.config else ""
    raise DataError(f"{identifier}: holds several configurations. {hint}Set `data.config` to one of {shown}.")


def _read(reading: Reading, split: str, name: str, paths: list[Path]) -> None:
    """Reads a split; its files are called by split and name, since all are called 0000.parquet."""
    before = len(reading.files)
    reading.read(split, paths)
    reading.files[before:] = [replace(file, name=f"{name}/{file.name}") for file in reading.files[before:]]
    if split in reading.tables:
        table = reading.tables[split]
        parts = tuple(replace(part, file=f"{name}/{part.file}") for part in table.parts)
        reading.tables[split] = replace(table, parts=parts)


def _name_tags(identifier: str, copy: _Copy, found: Converted) -> None:
    """The names of tags that the copy holds as bare integers, where the repository has them in a file."""
    columns = dict.fromkeys(name for table in found.tables.values() for name in table.columns)
    bare = [name for name in columns if name.lower() in USUAL["tags"] and name not in found.names]
    if not bare or not all(_is_bare(table.columns.get(name)) for table in found.tables.values() for name in bare):
        return
    for file in _LABELS:
        names = _names_in(copy, file)
        if names:
            found.names |= dict.fromkeys(bare, names)
            found.names_from = f"{file} of the repository"
            found.notes.append(f"{identifier}: the names of the tags are those of {file} in the repository")
            return


def _is_bare(values: list[Any] | None) -> bool:
    first = next((value for value in values or [] if value), None)
    return isinstance(first, list) and all(type(item) is int for item in first)


def _names_in(copy: _Copy, file: str) -> list[str] | None:
    """Names in id order of a file such as {"O": 0, "B-DNA": 1}; None where there is none or it says something else."""
    try:
        content = read_json(Path(copy.fetch_from(file, None)), _LARGEST)
    except (OSError, ValueError):  # the client's errors are of these kinds
        return None
    if not isinstance(content, dict) or not all(type(id) is int for id in content.values()):
        return None
    names = sorted(content, key=lambda name: content[name])
    return names if [content[name] for name in names] == list(range(len(names))) else None
