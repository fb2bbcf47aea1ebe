"""Which texts of a row may be written otherwise, while the right answer to it stays right."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from tunecard.tasks.task import Inputs, Task


@runtime_checkable
class KeepsInputs(Protocol):
    """A task whose answers are words of an input, or one of its texts: that input cannot be written otherwise.

    Attributes:
        kept_inputs: their names.
    """

    @property
    def kept_inputs(self) -> tuple[str, ...]: ...


def kept_inputs(task: Task) -> tuple[str, ...]:
    """Inputs that answers quote or choose from; none of most tasks."""
    return task.kept_inputs if isinstance(task, KeepsInputs) else ()


def free_inputs(task: Task, inputs: Inputs) -> tuple[str, ...]:
    """Inputs that hold texts, or lists of words, and may be written otherwise, in their order."""
    kept = kept_inputs(task)
    return tuple(name for name, values in inputs.items() if name not in kept and _are_texts(values))


def _are_texts(values: list[Any]) -> bool:
    first = values[0] if values else None
    return isinstance(first, str) or (isinstance(first, list) and bool(first) and isinstance(first[0], str))
