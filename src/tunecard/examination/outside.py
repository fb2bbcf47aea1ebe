"""Rows that somebody says are out of scope: of other data, or those of the scored rows that are labelled so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tunecard.rows.dataset import Split


@dataclass(frozen=True)
class Outside:
    """Named rows out of scope.

    Attributes:
        name: what they are called.
        rows: in the task's own roles.
        labels: where they are some of the scored rows, the labels that say so; empty where they come from elsewhere.
    """

    name: str
    rows: Split
    labels: tuple[str, ...] = ()


def in_scope(rows: Split, outside: Sequence[Outside]) -> Split:
    """The scored rows without those that are labelled as out of scope."""
    labels = {label for one in outside for label in one.labels}
    if not labels:
        return rows
    return rows.take([place for place, label in enumerate(rows.labels) if label not in labels])
