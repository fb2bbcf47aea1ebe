"""What of an answer can be explained: a number that the logits of its row give, asked of the task in this one place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from tunecard.rows.encoded import EncodedSplit
from tunecard.tasks.task import Task

Score = Callable[[Any], Any]
LOGIT = "the logit of the predicted label less the mean of all labels' logits"


@dataclass(frozen=True)
class Explained:
    """One answer of a row.

    Attributes:
        label: what it says, in a name of the task; "" where answers are no names.
        score: logits shaped as those that gave the answer to the number that stands behind it. It indexes, adds and
            multiplies, and so takes arrays of numpy and tensors alike.
    """

    label: str
    score: Score


@runtime_checkable
class ExplainsAnswers(Protocol):
    """A task of which a row gives other numbers than one logit a label.

    Attributes:
        explained_as: what the score is, in words.
    """

    @property
    def explained_as(self) -> str: ...

    def explained(self, logits: np.ndarray, encoded: EncodedSplit, row: int) -> list[Explained]:
        """The answers of a row, from its logits as `Task.decode` takes them; none where it has none."""
        ...


def explained(task: Task, logits: np.ndarray, encoded: EncodedSplit, row: int) -> list[Explained]:
    """The answers of a row: of most tasks one, the likeliest label."""
    if isinstance(task, ExplainsAnswers):
        return task.explained(logits, encoded, row)
    return [likeliest(task.labels, logits)]


def explained_as(task: Task) -> str:
    """What the score of an answer is, in words."""
    return task.explained_as if isinstance(task, ExplainsAnswers) else LOGIT


def likeliest(labels: tuple[str, ...], logits: np.ndarray) -> Explained:
    """The label of the greatest of (K,) logits. Less their mean: what moves all of them alike changes no answer.

    >>> found = likeliest(("a", "b"), np.array([1.0, 4.0]))
    >>> found.label, float(found.score(np.array([1.0, 4.0])))
    ('b', 1.5)
    """
    best = int(np.argmax(logits))
    return Explained(labels[best], lambda values: values[best] - values.mean())


def of_words(places: list[int], ids: list[int]) -> Score:
    """Over words at these tokens of (T, K) logits, the mean of the logits of these labels less the mean of all."""

    def score(values: Any) -> Any:
        return sum(values[place][id] - values[place].mean() for place, id in zip(places, ids, strict=True)) / len(ids)

    return score
