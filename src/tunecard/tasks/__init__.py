"""What a row means: features, head, loss, decoding, and the code that shows a reader how to use it.

A task is one file and one entry in TASKS. This room must not know how training or scoring is organised. Its names are
looked up when they are first asked for: whoever checks the code to start needs `snippet` and no torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tunecard.tasks.encoding import EncodedSplit as EncodedSplit
    from tunecard.tasks.encoding import collate as collate
    from tunecard.tasks.packing import pack_rows as pack_rows
    from tunecard.tasks.packing import packed_labels as packed_labels
    from tunecard.tasks.registry import TASKS as TASKS
    from tunecard.tasks.registry import task_for as task_for
    from tunecard.tasks.task import Task as Task
    from tunecard.tasks.truncation import truncation_findings as truncation_findings

_HOMES = {
    "EncodedSplit": "encoding",
    "Task": "task",
    "TASKS": "registry",
    "collate": "encoding",
    "pack_rows": "packing",
    "packed_labels": "packing",
    "task_for": "registry",
    "truncation_findings": "truncation",
}

__all__ = ["TASKS", "EncodedSplit", "Task", "collate", "pack_rows", "packed_labels", "task_for", "truncation_findings"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
