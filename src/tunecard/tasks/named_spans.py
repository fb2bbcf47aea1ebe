"""Names within a row: where its labels say that they stand, and what labels a name of another length has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from tunecard.tasks.task import Task

Span = tuple[str, int, int]  # type, first word, the word behind the last


@runtime_checkable
class NamesSpans(Protocol):
    """A task whose labels mark names among the words of a row."""

    def spans_of(self, tags: Sequence[str]) -> list[Span]:
        """The names that one tag a word marks, in order."""
        ...

    def tags_of(self, kind: str, words: int) -> list[str]:
        """The tags of one name of this type, a tag a word."""
        ...


def naming(task: Task) -> NamesSpans | None:
    """The task, where its labels mark names; else None."""
    return task if isinstance(task, NamesSpans) else None
