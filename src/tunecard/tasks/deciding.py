"""What of a task only labelled rows tell, such as from which probability on a label is given.

A task that has such a thing is `Tunable`; the others are as their labels say, and these functions give them back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeVar, runtime_checkable

import numpy as np

from tunecard.rows.encoded import EncodedSplit
from tunecard.tasks.task import Task

Kind = TypeVar("Kind", bound=Task)


@runtime_checkable
class Tunable(Protocol):
    """A task whose answers rest on more than logits and labels."""

    def tuned(self, logits: Sequence[np.ndarray], labels: Sequence[Any], encoded: EncodedSplit) -> Any:
        """The task with what these rows tell, none of which was learned from.

        Args:
            logits: (N,) of each row.
            labels: (N,) as a `Split` has them.
            encoded: the rows as they were read.
        """
        ...

    @property
    def settings(self) -> dict[str, Any]:
        """What was told, as config.json and, below `task.`, the records hold it; empty where nothing was."""
        ...

    def with_settings(self, settings: Mapping[str, Any]) -> Any:
        """The task with what `settings` of a file or of records tell; the same where they tell nothing sound."""
        ...


def tuned(task: Kind, logits: Sequence[np.ndarray], labels: Sequence[Any], encoded: EncodedSplit) -> Kind:
    """The task with what rows tell that were not learned from."""
    found: Kind = task.tuned(logits, labels, encoded) if isinstance(task, Tunable) else task
    return found


def settings_of(task: Task) -> dict[str, Any]:
    """What config.json holds of a task beside what transformers has names for."""
    return task.settings if isinstance(task, Tunable) else {}


def with_settings(task: Kind, settings: Mapping[str, Any]) -> Kind:
    """The task with what was saved of it."""
    found: Kind = task.with_settings(settings) if isinstance(task, Tunable) else task
    return found


@runtime_checkable
class TellsWords(Protocol):
    """A task that tells of each word of a text, where others tell of the entities that words make."""

    def answer_text(self, text: str, spans: Sequence[tuple[int, int]], decided: Sequence[Any]) -> dict[str, Any]:
        """The answer to a text.

        Args:
            spans: (n,) where each word begins and ends in `text`.
            decided: (n,) tag and probabilities of each; None for a word that the model cannot see.
        """
        ...
