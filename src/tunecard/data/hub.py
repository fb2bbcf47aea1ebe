"""Data sets of the Hugging Face Hub, read through the `datasets` library, which is imported only here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from tunecard.data.converted import REF, has_cached_copy, hub_client, read_converted
from tunecard.data.held_out_only import HELD_OUT, may_stand_in
from tunecard.data.metadata import statements_in
from tunecard.data.plan import DataPlan
from tunecard.data.reachability import is_offline_wanted, offline_if_unreachable
from tunecard.data.readers.folders import ALIASES
from tunecard.data.readers.parquet_file import class_names
from tunecard.data.source import Source
from tunecard.errors import DataError, MachineError, nearest
from tunecard.evidence.ledger import CARD, MOST_BYTES
from tunecard.rows.table import Table, table_of
from tunecard.untrusted.bounded_yaml import load_yaml
from tunecard.untrusted.plain_files import read_plain_text

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?$")
_NOT_THERE = {"DatasetNotFoundError", "RepositoryNotFoundError", "RevisionNotFoundError", "DataFilesNotFoundError"}
_NOT_REACHED = {
    "ConnectionError",
    "OfflineModeIsEnabled",
    "ConnectError",
    "TimeoutError",
    "TimeoutException",
    "LocalEntryNotFoundError",
}
_FRONT = re.compile(r"\A---\s*\n(.*?)\n---\s*\n", re.DOTALL)
_CARD_KEYS = ("license", "language", "pretty_name", "task_ids")
_SCRIPT = re.compile(r"scripts? (?:are|is) no longer supported|trust_remote_code", re.IGNORECASE)
_SHOWN_REASON = 300
_COMMIT = re.compile(r"@([0-9a-f]{40})/")
_FOLDER = re.compile(r"[0-9a-f]{40}")


class _IsScript(Exception):
    """The data set is a program, which `datasets` does not run any more."""


def is_hub_id(text: str) -> bool:
    """Whether a text has the form of a Hub id: `name` or `owner/name`."""
    return bool(_HUB_ID.match(text))


def open_hub(identifier: str, plan: DataPlan, hint: str = "") -> Source:
    """Loads a data set of the Hub, or what the local cache has of it when HF_HUB_OFFLINE is set.

    Args:
        hint: what to add when there is no such data set, e.g. the nearest file name.

    Raises:
        MachineError: `datasets` is not installed, or there is no network and no cached copy.
        DataError: no such data set, a configuration is needed, or a named split is not there.
    """
    try:
        loaded = _load(identifier, plan, hint)
    except _IsScript:
        return _open_converted(identifier, plan, hint)
    except MachineError:
        if has_cached_copy(identifier, plan):  # of an earlier run
            return _open_converted(identifier, plan, hint)
        raise
    tables: dict[str, Table] = {}
    names: dict[str, list[str]] = {}
    for split, name in _chosen_splits(identifier, list(loaded), plan).items():
        tables[split], found = read_loaded(loaded[name], f"{identifier} {name}")
        names |= found
    first = next(iter(loaded.values()))
    revision = _commit(first) or plan.revision
    declared = {"declared_by": "its record on the Hub"} | _card_statements(identifier, revision) | _statements(first)
    return Source(
        name=identifier,
        tables=tables,
        names=names,
        names_from="the features of the Hub data set",
        ids=names,
        declared=declared if len(declared) > 1 else {},
        revision=revision,
    )


def _open_converted(identifier: str, plan: DataPlan, hint: str) -> Source:
    """A data set that is a script, from the Hub's own copy of its rows."""
    try:
        read = read_converted(identifier, plan, lambda present: _chosen_splits(identifier, present, plan))
    except (DataError, MachineError):
        raise
    except Exception as error:  # the Hub's client raises its own kinds
        kinds = {kind.__name__ for kind in type(error).__mro__}
        if kinds & {"RevisionNotFoundError", "EntryNotFoundError"} and not kinds & _NOT_REACHED:
            raise DataError(
                f"{identifier}: is a script, which is not run, and the Hub has no parquet copy of it at "
                f"{plan.revision or REF}. Give `data.source` its files, or another copy of it."
            ) from error
        raise _fault(identifier, plan, error, hint) from error
    _fetch_card(identifier)
    declared = {"declared_by": "its card on the Hub"} | _card_statements(identifier, None)
    return Source(
        name=identifier,
        tables=read.tables,
        names=read.names,
        names_from=read.names_from,
        ids=read.names,
        declared=declared if len(declared) > 1 else {},
        revision=read.commit,
        files=tuple(read.files),
        notes=tuple(read.notes),
    )


def _fetch_card(identifier: str) -> None:
    """Fetches the data set's card into the cache, where there is a card and a network."""
    with suppress(OSError, ValueError), offline_if_unreachable():  # the client's errors are of these kinds
        hub_client().hf_hub_download(identifier, CARD, repo_type="dataset")


def read_loaded(rows: Any, file: str) -> tuple[Table, dict[str, list[str]]]:
    """The table and the class names of a loaded `datasets.Dataset`."""
    return table_of(file, dict(rows.to_dict())), class_names(rows.features.to_dict())


def is_loaded(value: Any) -> bool:
    """Whether a value is a loaded `datasets.Dataset` (known by what it can do, so that nothing is imported)."""
    return hasattr(value, "features") and hasattr(value, "to_dict")


def _load(identifier: str, plan: DataPlan, hint: str) -> Mapping[str, Any]:
    try:
        import datasets
    except ImportError as error:
        raise MachineError(
            f"reading {identifier} from the Hub needs the library `datasets`. "
            'Install it with `pip install "tunecard[train]"`, or give `data.source` a file or folder.'
        ) from error
    try:
        with offline_if_unreachable():
            loaded = datasets.load_dataset(identifier, name=plan.config, revision=plan.revision)
    except Exception as error:  # every library below raises its own kinds; each becomes one of three faults
        if _SCRIPT.search(str(error)):
            raise _IsScript from error
        raise _fault(identifier, plan, error, hint) from error
    return loaded if isinstance(loaded, Mapping) else {"train": loaded}


def _fault(identifier: str, plan: DataPlan, error: Exception, hint: str) -> DataError | MachineError:
    reason = " ".join(str(error).split())[:_SHOWN_REASON] or type(error).__name__
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if kinds & _NOT_THERE:
        revision = f" at revision {plan.revision!r}" if plan.revision else ""
        return DataError(
            f"{identifier}: is no file or folder here and no data set on the Hub{revision} that you may read.{hint} "
            "Check the spelling; for a private or gated one log in with `hf auth login`."
        )
    is_offline = is_offline_wanted()
    if is_offline or kinds & _NOT_REACHED:
        why = "HF_HUB_OFFLINE is set" if is_offline else "the Hub cannot be reached"
        return MachineError(
            f"{identifier}: is no file or folder here, {why}, and the local cache has no copy.{hint} "
            "Check the path, connect to the network, or give `data.source` a file or folder."
        )
    if "onfig" in reason:
        return DataError(f"{identifier}: needs another configuration ({reason}). Set `data.config`.")
    return DataError(f"{identifier}: cannot be loaded from the Hub ({reason}). Set a file or folder in `data.source`.")


def _chosen_splits(identifier: str, present: list[str], plan: DataPlan) -> dict[str, str]:
    chosen, problems = {}, []
    for split, name in plan.splits.items():
        if name is None:
            continue
        options = ALIASES.get(split, (name,)) if name == split else (name,)
        found = [option for option in options if option in present]
        if found:
            chosen[split] = found[0]
        elif name != split or (split == "train" and plan.needs_train and not _can_do_without(present, plan)):
            problems.append(
                f"{identifier}: has no split {name!r}.{nearest(name, present)} It has {', '.join(present)}. "
                f"Set `data.splits.{split}`."
            )
    if problems:
        raise DataError(problems)
    return chosen


def _can_do_without(present: list[str], plan: DataPlan) -> bool:
    """Whether held-out rows stand in for train: no split is there that may be it."""
    held_out = {name: split for split in HELD_OUT for name in ALIASES[split]}
    return all(name in held_out for name in present) and may_stand_in({held_out[name] for name in present}, plan)


def _statements(rows: Any) -> dict[str, str]:
    info = getattr(rows, "info", None)
    pairs = {key: getattr(info, key, None) for key in ("license", "citation", "description", "homepage")}
    return {key: value.strip() for key, value in pairs.items() if isinstance(value, str) and value.strip()}


def _card_statements(identifier: str, revision: str | None) -> dict[str, str]:
    """What the metadata of the data set's card states, from the copy that loading the data has just cached."""
    try:
        from huggingface_hub import try_to_load_from_cache
    except ImportError:
        return {}
    path = try_to_load_from_cache(identifier, CARD, repo_type="dataset", revision=revision)
    if not isinstance(path, str):
        return {}
    try:
        match = _FRONT.match(read_plain_text(Path(path), MOST_BYTES[CARD], errors="replace"))
        front = load_yaml(match.group(1)) if match else None
    except (OSError, yaml.YAMLError):
        return {}  # A card whose metadata cannot be read declares nothing.
    if not isinstance(front, dict):
        return {}
    creators = statements_in({"annotators": front.get("annotations_creators")})
    return creators | statements_in({key: front.get(key) for key in _CARD_KEYS})


def _commit(rows: Any) -> str | None:
    """The commit that was read.

    The library notes it in the addresses of the files that it downloaded, and since its version 5 only in the name of
    the folder in which it keeps them as it reads them.
    """
    checksums = getattr(getattr(rows, "info", None), "download_checksums", None) or {}
    found = {match.group(1) for address in checksums if (match := _COMMIT.search(address))}
    kept = [Path(file["filename"]).parts for file in getattr(rows, "cache_files", None) or []]
    found = found or {part for parts in kept for part in parts if _FOLDER.fullmatch(part)}
    return found.pop() if len(found) == 1 else None
