"""Is it the adapter that the card speaks of, with the labels in the card's order?"""

from __future__ import annotations

import json
from typing import Any

from tunecard.evidence import Findings, RunFolder
from tunecard.evidence.files import sha256_of
from tunecard.verification.report import Check, judged


def check_labels(folder: RunFolder, findings: Findings) -> Check:
    """config.json names the task's labels in the task's order, in both directions."""
    labels = findings.value("task.labels")
    if not is_names(labels):
        return Check("labels", False, "the evidence names no labels (`task.labels`)")
    try:
        config = json.loads(folder.model_config.read_text(encoding="utf-8"))
        names = [config["id2label"][str(index)] for index in range(len(config["id2label"]))]
        ids = config["label2id"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        return Check("labels", False, f"config.json cannot be read for its labels: {type(error).__name__}: {error}")
    problems = []
    if names != labels:
        place = next((i for i, pair in enumerate(zip(names, labels, strict=False)) if pair[0] != pair[1]), None)
        differs = f"{len(names)} labels" if place is None else f"label {place} is {names[place]!r}"
        wanted = f"{len(labels)}" if place is None else f"{labels[place]!r}"
        problems.append(f"config.json: {differs}, the evidence says {wanted}")
    if ids != {label: index for index, label in enumerate(labels)}:
        problems.append("config.json: label2id is not the inverse of `task.labels`")
    return judged("labels", problems, f"config.json has the {len(labels)} labels in order")


def check_adapter(folder: RunFolder, findings: Findings) -> Check:
    """The adapter's weights are those of `adapter.sha256`."""
    path, recorded = folder.adapter_weights, findings.value("adapter.sha256")
    if path.is_symlink() or not path.is_file():
        return Check("adapter", False, f"{path.name} is missing")
    if recorded is None:
        return Check("adapter", False, "the evidence holds no hash of the adapter (`adapter.sha256`)")
    problems = [] if sha256_of(path) == recorded else [f"{path.name} is not the adapter of `adapter.sha256`"]
    size = findings.value("adapter.bytes")
    if size is not None and size != path.stat().st_size:
        problems.append(f"{path.name} has {path.stat().st_size} bytes, `adapter.bytes` says {size}")
    return judged("adapter", problems, f"{path.name} is the adapter that was measured")


def is_names(value: Any) -> bool:
    """Whether a finding's value is a list of distinct names."""
    is_list = isinstance(value, list) and len(value) > 0 and all(isinstance(name, str) for name in value)
    return is_list and len(set(value)) == len(value)
