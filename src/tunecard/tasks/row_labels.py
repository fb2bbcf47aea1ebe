"""The labels of whole rows, where a row has such a thing: what a single word of it could give away."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from tunecard.tasks.task import Task


@runtime_checkable
class LabelsRows(Protocol):
    """A task whose labels, and answers, are names that a row has as a whole."""

    def row_labels(self, label: Any) -> list[str]:
        """The names in a label of a `Split`, or in an answer."""
        ...


def labelling(task: Task) -> LabelsRows | None:
    """The task, where whole rows have labels; None where labels are of words, places or numbers."""
    return task if isinstance(task, LabelsRows) else None
