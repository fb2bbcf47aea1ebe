"""The tasks by name, and which of them some rows, records or a saved adapter are of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tunecard.errors import DataError, nearest
from tunecard.evidence import Findings
from tunecard.rows.dataset import Dataset
from tunecard.rows.table import Table
from tunecard.tasks.deciding import with_settings
from tunecard.tasks.multi_label import MultiLabel
from tunecard.tasks.multiple_choice import MultipleChoice
from tunecard.tasks.question_answering import QuestionAnswering
from tunecard.tasks.regression import Regression
from tunecard.tasks.sentence_embedding import SentenceEmbedding
from tunecard.tasks.task import Task
from tunecard.tasks.text_classification import TextClassification
from tunecard.tasks.token_classification import TokenClassification
from tunecard.tasks.word_tagging import WordTagging

# The first that recognises a table has it; the last takes whatever is left.
TASKS: dict[str, Callable[..., Task]] = {
    "question-answering": QuestionAnswering,
    "multiple-choice": MultipleChoice,
    "word-tagging": WordTagging,
    "token-classification": TokenClassification,
    "multi-label": MultiLabel,
    "sentence-embedding": SentenceEmbedding,
    "regression": Regression,
    "text-classification": TextClassification,
}


def task_named(name: str, labels: tuple[str, ...] = ()) -> Task:
    """The task of this name. Raises: DataError: there is none."""
    if name not in TASKS:
        raise DataError(unknown_task(name))
    return TASKS[name](labels)


def unknown_task(name: str) -> str:
    """The sentence about a name that no task has."""
    *others, last = TASKS
    return f"`task` must be {', '.join(others)} or {last}. Got {name!r}.{nearest(name, TASKS)}"


def task_for(dataset: Dataset) -> Task:
    """The task of a data set, with its labels."""
    return task_named(dataset.kind, dataset.labels)


def task_of(findings: Findings) -> Task | None:
    """The task that records name, with its labels; None where they name none that is known."""
    name, labels = findings.value("task.name"), findings.value("task.labels")
    if not isinstance(name, str) or name not in TASKS:
        return None
    are_names = isinstance(labels, list) and all(isinstance(label, str) for label in labels)
    told = {finding.id.removeprefix("task."): finding.value for finding in findings.under("task")}
    return with_settings(TASKS[name](tuple(labels) if are_names else ()), told)


def peft_task_types() -> list[str]:
    """PEFT's names of the tasks, each once."""
    return list(dict.fromkeys(make().peft_task_type for make in TASKS.values()))


def default_task() -> Task:
    """What is assumed where nothing names a task."""
    return list(TASKS.values())[-1]()


def recognise(told: Mapping[str, str], table: Table) -> Task:
    """The task whose rows a table holds, by its columns and what they were named as."""
    several = (make() for make in TASKS.values())
    return next((task for task in several if task.recognises(told, table)), default_task())


def task_of_config(peft_task_type: object, config: Mapping[str, Any]) -> Task | None:
    """The task of an adapter made elsewhere.

    Args:
        peft_task_type: as adapter_config.json says, e.g. "SEQ_CLS".
        config: of the model, as far as it is known.
    """
    several = [task for make in TASKS.values() if (task := make()).peft_task_type == peft_task_type]
    return next((task for task in several if task.fits_config(config)), None)
