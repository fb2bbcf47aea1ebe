"""What a task that is scored on words as they were annotated marks in a text that nobody has split into words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from tunecard.metrics.text_spans import TextSpan
from tunecard.tasks.task import Task

WordSpan = tuple[str, int, int]  # label, first word, the word behind the last


@runtime_checkable
class MarksText(Protocol):
    """A task whose answers mark words, and spans of a text where it is given one."""

    def marked_words(self, tags: Sequence[str]) -> list[WordSpan]:
        """What the tags of a row's words mark, in order."""
        ...

    def marked_text(self, answer: Mapping[str, Any]) -> list[TextSpan]:
        """What an answer to a text marks, as `predict` gives it."""
        ...


def marking(task: Task) -> MarksText | None:
    """The task, where a text may be read otherwise than its rows are; else None: it reads both alike."""
    return task if isinstance(task, MarksText) else None
