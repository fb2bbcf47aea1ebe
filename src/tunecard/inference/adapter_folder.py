"""What an adapter folder says about itself: task, labels, base and length, and what nothing vouches for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tunecard.adapters import AdapterExpectation, read_adapter_config
from tunecard.errors import AdapterError, RunFolderError, TunecardError
from tunecard.evidence import Findings, RunFolder
from tunecard.evidence.folder_words import headline_in_words
from tunecard.inference.against_evidence import setting_faults, weights_faults
from tunecard.inference.products import what_int8_changes
from tunecard.tasks import TASKS, Task, task_named, task_of_config
from tunecard.tasks.deciding import with_settings
from tunecard.tasks.registry import peft_task_types

_PLACEHOLDER = re.compile(r"LABEL_\d+$")
_COMPLETE = "`tunecard complete` makes a full folder of an adapter that was made elsewhere."


@dataclass(frozen=True)
class AdapterFolder:
    """The statements of one folder.

    Attributes:
        folder: where it lies.
        task: with label names in id order, from config.json.
        base_id, revision: the base that adapter_config.json names.
        is_base_local: the base was a folder on somebody's disk; its id is no Hub id.
        expected: what evidence.json demands of base and labels; empty without evidence.
        max_length: tokens that training read; None when not recorded.
        is_pair: whether a row is two texts; None when not recorded.
        columns: role to column of the rows that it was made with; empty when not recorded.
        has_bases_tokenizer: whether the evidence says that the tokenizer is the base's, in all that it does.
        unchecked: what nothing in the folder vouches for, a sentence each.
        method: the PEFT method by the evidence's title, else as adapter_config.json has it.
        score: the headline score of the evidence, in words; "" without one.
        changed_in_int8: a sentence on how many answers products in int8 make others.
    """

    folder: RunFolder
    task: Task
    base_id: str
    revision: str | None
    is_base_local: bool = False
    expected: AdapterExpectation = field(default_factory=AdapterExpectation)
    max_length: int | None = None
    is_pair: bool | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    has_bases_tokenizer: bool = False
    unchecked: list[str] = field(default_factory=list)
    method: str = ""
    score: str = ""
    changed_in_int8: str = ""

    @property
    def labels(self) -> tuple[str, ...]:
        """Label names in id order."""
        return self.task.labels


def read_adapter_folder(path: Path) -> AdapterFolder:
    """Reads adapter_config.json, config.json and, where it is there, evidence.json.

    Raises:
        RunFolderError: no such folder, or an evidence.json that cannot be read.
        AdapterError: files that are missing or broken, no label names, an unknown task, or files that disagree.
    """
    if not path.is_dir():
        raise RunFolderError(f"no folder {path}. Give the folder that holds adapter_config.json.")
    folder = RunFolder(path)
    config = read_adapter_config(folder)
    findings = folder.read_findings() if folder.evidence.is_file() else Findings()
    faults: list[str] = []
    base_id = config.get("base_model_name_or_path")
    recorded = _text(findings, "base_model.id")
    if not isinstance(base_id, str) or not base_id:
        faults.append("adapter_config.json must name its base in base_model_name_or_path. Got nothing.")
    elif recorded and recorded != base_id:
        faults.append(f"adapter_config.json names the base {base_id!r}. The evidence says {recorded!r}.")
    faults += setting_faults(config, findings) + weights_faults(folder, findings)
    kind = _gather(faults, lambda: _task_of(folder, config, findings))
    labels = _gather(faults, lambda: read_labels(folder, kind))
    if faults or kind is None or labels is None:
        raise AdapterError(faults, place=str(path))
    return AdapterFolder(
        folder=folder,
        task=with_settings(task_named(kind.name, labels), read_model_config(folder)),
        base_id=str(base_id),
        revision=config.get("revision") if isinstance(config.get("revision"), str) else None,
        is_base_local=findings.value("base_model.is_local") is True,
        expected=_expectation(findings, recorded),
        max_length=_length(findings),
        has_bases_tokenizer=_has_bases_tokenizer(findings),
        is_pair=findings.value("task.is_pair") if isinstance(findings.value("task.is_pair"), bool) else None,
        columns=_columns(findings),
        unchecked=_unchecked(folder, findings),
        method=_text(findings, "adapter.title") or str(config.get("peft_type", "")),
        score=headline_in_words(findings),
        changed_in_int8=what_int8_changes(findings, str(path)),
    )


def _columns(findings: Findings) -> dict[str, str]:
    recorded = findings.value("data.columns")
    named = recorded.items() if isinstance(recorded, Mapping) else ()
    return {role: name for role, name in named if isinstance(name, str)}


def read_labels(folder: RunFolder, task: Task | None) -> tuple[str, ...]:
    """Label names in id order from config.json.

    Raises: AdapterError: none, LABEL_n, gaps, or tags that are not IOB2.
    """
    if not folder.model_config.is_file():
        raise AdapterError(f"no config.json here, so the label names are not known. {_COMPLETE}")
    try:
        names = folder.read_json(folder.model_config).get("id2label")
    except (OSError, ValueError, AttributeError) as error:
        raise AdapterError(f"config.json cannot be read: {error}") from error
    return labels_of(names, task)


def labels_of(names: Any, task: Task | None) -> tuple[str, ...]:
    """The same from `id2label` of a config.json that was read. Raises: as `read_labels`."""
    try:
        by_id = {int(id): name for id, name in (names or {}).items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise AdapterError(f"config.json cannot be read: {error}") from error
    if not by_id:
        raise AdapterError(f"config.json must name the labels in id2label. Got none. {_COMPLETE}")
    labels = tuple(by_id[id] for id in sorted(by_id))
    if sorted(by_id) != list(range(len(by_id))) or not all(isinstance(label, str) and label for label in labels):
        raise AdapterError(f"config.json: id2label must map 0 to {len(by_id) - 1} to names. Got {names}.")
    if (task is None or task.labels_are_names) and all(_PLACEHOLDER.match(label) for label in labels):
        raise AdapterError(f"config.json has only the placeholders LABEL_0, LABEL_1, ... as names. {_COMPLETE}")
    if len(set(labels)) < len(labels):
        raise AdapterError(f"config.json: id2label must name each label once. Got {', '.join(labels)}.")
    if faults := [] if task is None else task.label_name_faults(labels):
        raise AdapterError([f"config.json: {fault}" for fault in faults])
    return labels


def read_model_config(folder: RunFolder) -> dict[str, Any]:
    """config.json as a mapping; empty where it is missing or broken, which `read_labels` tells."""
    try:
        content = folder.read_json(folder.model_config)
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _task_of(folder: RunFolder, config: dict[str, Any], findings: Findings) -> Task:
    recorded, stated = _text(findings, "task.name"), task_of_config(config.get("task_type"), read_model_config(folder))
    if recorded is None and stated is None:
        raise AdapterError(
            f"adapter_config.json: task_type must be {' or '.join(peft_task_types())}. "
            f"Got {config.get('task_type')!r}. {_COMPLETE}"
        )
    if recorded and stated and recorded != stated.name:
        raise AdapterError(f"adapter_config.json says {stated.name} (task_type). The evidence says {recorded}.")
    if recorded and recorded not in TASKS:
        raise AdapterError(f"the evidence names the task {recorded!r}. This version predicts {' and '.join(TASKS)}.")
    return stated or task_named(str(recorded))


def _gather(faults: list[str], read: Any) -> Any:
    """The value of `read`, or None with its problems put to the others."""
    try:
        return read()
    except TunecardError as error:
        faults.extend(error.problems)
        return None


def _expectation(findings: Findings, base_id: str | None) -> AdapterExpectation:
    labels = findings.value("task.labels")
    return AdapterExpectation(
        base_id=base_id,
        base_weights_sha256=_text(findings, "base_model.weights_sha256"),
        labels=[str(label) for label in labels] if isinstance(labels, list) else None,
        base_config_sha256=_text(findings, "base_model.config_sha256"),
    )


def _length(findings: Findings) -> int | None:
    value = findings.value("model.max_length")
    return value if isinstance(value, int) and value > 0 else None


def _has_bases_tokenizer(findings: Findings) -> bool:
    """A run writes the base's own; a completion says whose it is."""
    if findings.value("adapter.sha256") is None:
        return False
    return str(findings.value("adapter.tokenizer", "the base's")).startswith("the base's")


def _text(findings: Findings, id: str) -> str | None:
    value = findings.value(id)
    return value if isinstance(value, str) else None


def _unchecked(folder: RunFolder, findings: Findings) -> list[str]:
    where = "evidence.json does not record it" if folder.evidence.is_file() else "no evidence.json"
    found = []
    if _text(findings, "base_model.weights_sha256") is None:
        found.append(f"whether the base's weights are the ones that the adapter was trained on ({where})")
    if not isinstance(findings.value("task.labels"), list):
        found.append(f"whether the label names are in the order of training ({where})")
    if _length(findings) is None:
        found.append(f"how many tokens training read; the base's limit is used ({where})")
    return found
