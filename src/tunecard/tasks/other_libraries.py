"""What stands in a run folder for other libraries, of tasks whose adapters one of them reads as well."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from tunecard.evidence import Findings
from tunecard.evidence.files import json_text
from tunecard.tasks.registry import task_of


@runtime_checkable
class ReadElsewhere(Protocol):
    """A task whose adapters another library loads by files of its own.

    Attributes:
        hub_tags: tags by which the Hub knows that.
        loads: how that library loads the folder, a sentence.
    """

    @property
    def hub_tags(self) -> tuple[str, ...]: ...

    @property
    def loads(self) -> str: ...

    def files_for_others(self, max_length: int, width: int) -> Mapping[str, Any]:
        """Paths in the run folder to the JSON that they hold.

        Args:
            max_length: tokens of a text, special tokens included.
            width: of the base's hidden states.
        """
        ...


def read_elsewhere(findings: Findings) -> ReadElsewhere | None:
    """The task that the records name, where another library reads its adapters, too, by transformers' own loading."""
    if findings.value("adapter.injects") is not True:
        return None
    task = task_of(findings)
    return task if isinstance(task, ReadElsewhere) else None


def files_for_others(findings: Findings) -> dict[str, str]:
    """Paths in the run folder to what stands there for other libraries: a function of the findings alone."""
    task = read_elsewhere(findings)
    sizes = findings.value("model.max_length"), findings.value("base_model.hidden_size")
    if task is None or not all(isinstance(size, int) for size in sizes):
        return {}
    return {path: json_text(content) for path, content in task.files_for_others(*sizes).items()}
