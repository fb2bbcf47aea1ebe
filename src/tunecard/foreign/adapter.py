"""An adapter that somebody else made: what its files say of task, base and head, read without trusting them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunecard.adapters import read_adapter_config
from tunecard.adapters.head import head_width
from tunecard.encoders import BaseFiles, locate_base
from tunecard.encoders.new_tokens import with_tokens_of
from tunecard.errors import AdapterError, BaseModelError, nearest
from tunecard.evidence import RunFolder
from tunecard.evidence.adapter_file import SavedTensor, read_header
from tunecard.evidence.given_folder import check_given_folder
from tunecard.inference.adapter_folder import AdapterFolder, labels_of
from tunecard.inference.loading import find_base
from tunecard.tasks import TASKS, Task, task_named, task_of_config
from tunecard.tasks.deciding import with_settings
from tunecard.tasks.registry import peft_task_types

_PLACEHOLDER = re.compile(r"LABEL_\d+$")
_PATH = re.compile(r"^(?:[/.~\\]|[A-Za-z]:)|\\|/.*/")


@dataclass(frozen=True, kw_only=True)
class ForeignAdapter(AdapterFolder):
    """A folder that stock PEFT saved, which is only read. `base_id` and `labels` are empty where its files name none.

    Attributes:
        config: adapter_config.json without what could name code.
        tensors: the header of its weights.
        width: labels that the head tells apart.
    """

    config: Mapping[str, Any]
    tensors: Mapping[str, SavedTensor]
    width: int

    @property
    def base_last_part(self) -> str:
        """The last part of that name: of a path nothing else may be told."""
        return re.split(r"[/\\]", self.base_id)[-1]

    @property
    def names_a_path(self) -> bool:
        """Whether the base is named by a path on somebody's disk."""
        return bool(_PATH.search(self.base_id))


def read_foreign_adapter(path: Path, task: str | None) -> ForeignAdapter:
    """Reads an adapter folder.

    Args:
        task: as asked for, or None for what adapter_config.json says.
    Raises:
        RunFolderError: no such folder.
        AdapterError: no adapter, pickled weights only, no head, or a task that is not known or not the one asked for.
    """
    check_given_folder(path)
    folder = RunFolder(path)
    config = read_adapter_config(folder)
    tensors = _tensors(folder.adapter_weights)
    is_headless = _learns_without_head(config, task)
    width = 0 if is_headless else head_width(tensors)
    if width is None:
        raise AdapterError(
            f"holds no weights of the head (modules_to_save is {config.get('modules_to_save')!r}): the head would be "
            "random, and so would every score. Train again with the head in modules_to_save, or with task_type set.",
            place=str(folder.adapter_weights),
        )
    model_config = _model_config(folder)
    found = _task_of(config, {"num_labels": width, **model_config}, task, str(path))
    names = () if is_headless else _named_labels(model_config, found, str(folder.model_config))
    if fault := found.head_fault(width):
        raise AdapterError(fault, place=str(folder.adapter_weights))
    base, revision = config.get("base_model_name_or_path"), config.get("revision")
    return ForeignAdapter(
        folder=folder,
        task=with_settings(task_named(found.name, names), model_config),
        base_id=base if isinstance(base, str) else "",
        revision=revision if isinstance(revision, str) else None,
        config=config,
        tensors=tensors,
        width=width,
    )


def _learns_without_head(config: Mapping[str, Any], asked: str | None) -> bool:
    """Whether the task that the files state, or else the one asked for, has no head whose weights could be missing."""
    stated = config.get("task_type")
    several = [make() for make in TASKS.values()]
    meant = [task for task in several if task.peft_task_type == stated or (stated is None and task.name == asked)]
    return bool(meant) and all(task.head_fault(0) is None for task in meant)


def _tensors(weights: Path) -> dict[str, SavedTensor]:
    try:
        return read_header(weights)
    except (ValueError, OSError) as error:
        size = weights.stat().st_size
        raise AdapterError(f"cannot be read ({size} bytes): {error}. Fetch it again.", place=str(weights)) from error


def _task_of(config: Mapping[str, Any], model_config: Mapping[str, Any], asked: str | None, place: str) -> Task:
    """The task that the files state, else the one asked for. `model_config` is as far as it is known."""
    stated, types = config.get("task_type"), peft_task_types()
    if asked is not None and asked not in TASKS:
        raise AdapterError(f"--task must be {' or '.join(TASKS)}. Got {asked!r}.{nearest(asked, TASKS)}")
    if stated is not None and stated not in types:
        raise AdapterError(
            f"adapter_config.json names the task {stated}. This version completes {' and '.join(types)}.", place=place
        )
    if stated is None and asked is None:
        raise AdapterError(f"adapter_config.json names no task. Say --task {' or --task '.join(TASKS)}.", place=place)
    found = task_of_config(stated, model_config) if stated else task_named(str(asked))
    if found is None:  # nothing but this name tells several tasks apart
        could = [name for name, make in TASKS.items() if make().peft_task_type == stated]
        if asked not in could:
            raise AdapterError(
                f"adapter_config.json names the task {stated}, which says nothing of the head. "
                f"Say --task {' or --task '.join(could)}.",
                place=place,
            )
        found = task_named(asked)
    if asked is not None and asked != found.name:
        raise AdapterError(
            f"adapter_config.json says {stated}, which is {found.name}. Got --task {asked}.", place=place
        )
    return found


def _model_config(folder: RunFolder) -> dict[str, Any]:
    """config.json; empty where there is none."""
    if not folder.model_config.is_file():
        return {}
    try:
        return dict(folder.read_json(folder.model_config))
    except (OSError, ValueError, TypeError) as error:
        raise AdapterError(f"cannot be read: {error}", place=str(folder.model_config)) from error


def _named_labels(model_config: Mapping[str, Any], task: Task, place: str) -> tuple[str, ...]:
    """The names in config.json; placeholders (LABEL_0) are none."""
    names = model_config.get("id2label") or {}
    if not isinstance(names, dict):
        raise AdapterError(f"cannot be read: id2label must be a mapping. Got {type(names).__name__}.", place=place)
    is_named = bool(names) and not all(_PLACEHOLDER.match(str(name)) for name in names.values())
    return labels_of(names, task) if is_named else ()


def base_of(adapter: ForeignAdapter, base: str | None) -> BaseFiles:
    """The files of the base, under the name that a stranger can load.

    A folder given for a base that the adapter names by its Hub id is taken as a copy of it: the card then names the id.

    Raises: BaseModelError, MachineError: it is not named or not here.
    """
    name, place = adapter.base_id, str(adapter.folder.path)
    if base is None and not name:
        raise BaseModelError("adapter_config.json names no base. Say --base FOLDER or --base HUB-ID.", place=place)
    if base is None and adapter.names_a_path and not Path(name).expanduser().is_dir():
        raise BaseModelError(
            f"adapter_config.json names the base by a path, {adapter.base_last_part!r} on another machine, which is "
            "not here. Say --base FOLDER or --base HUB-ID.",
            place=place,
        )
    if base is None:
        return find_base(adapter, None)
    files = locate_base(base)
    if files.is_local and not adapter.names_a_path and "/" in name:
        files = BaseFiles(name, files.folder, None, is_local=False)
    return with_tokens_of(files, adapter.folder.path)
