"""The promise every change keeps: a row written otherwise, and to a reader still the same, so that its label stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from tunecard.examination.changes.draw import Draw
from tunecard.tasks.named_spans import NamesSpans

Name = tuple[str, ...]


@dataclass(frozen=True)
class About:
    """What all rows have in common.

    Attributes:
        free: inputs that may be written otherwise, in order.
        is_whole: whether those are all texts of a row, so that a figure may become another one everywhere.
        holds_words: whether a row is a list of words, each with a tag.
        naming: the task, where labels mark names.
        names: type to the names that training rows have of it.
    """

    free: tuple[str, ...]
    is_whole: bool
    holds_words: bool
    naming: NamesSpans | None = None
    names: Mapping[str, list[Name]] = field(default_factory=dict)


@dataclass(frozen=True)
class Swap:
    """Words that others took the place of: the first of them, how many there were, and how many there are."""

    start: int
    before: int
    after: int


@dataclass(frozen=True)
class Row:
    """One row of a split.

    Attributes:
        inputs: by name, a text or a list of words each.
        label: its gold answer; None where it has none.
        swaps: where words became fewer or more, in order, counted in the row before.
    """

    inputs: Mapping[str, Any]
    label: Any = None
    swaps: tuple[Swap, ...] = ()


class Change(Protocol):
    """One way of writing a row otherwise.

    Attributes:
        name: what the rows are like afterwards, "typing errors".
        strengths: shares of what can be changed that is changed, the greatest last; 1 where all of it is.
    """

    @property
    def name(self) -> str: ...

    @property
    def strengths(self) -> tuple[float, ...]: ...

    def why_not(self, about: About) -> str:
        """Why it cannot be made of such rows, as the end of a sentence; "" where it can."""
        ...

    def changed(self, row: Row, strength: float, draw: Draw, about: About) -> Row:
        """The row written otherwise; as it was where there is nothing in it to change."""
        ...
