"""The tasks by name."""

from __future__ import annotations

from collections.abc import Callable

from tunecard.rows.dataset import Dataset
from tunecard.tasks.task import Task
from tunecard.tasks.text_classification import TextClassification
from tunecard.tasks.token_classification import TokenClassification

TASKS: dict[str, Callable[[tuple[str, ...]], Task]] = {
    "token-classification": TokenClassification,
    "text-classification": TextClassification,
}


def task_for(dataset: Dataset) -> Task:
    """The task of a data set's kind, with its labels."""
    return TASKS[dataset.kind](dataset.labels)
