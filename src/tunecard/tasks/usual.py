"""What most tasks say alike, said once: a task states what is its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tunecard.evidence import Finding, Predictions
from tunecard.rows.dataset import Split
from tunecard.tasks.visible import Readable, Where


@dataclass(frozen=True)
class UsualTask:
    """Members of `Task` that are the same in most tasks; those that it lacks every task has to bring itself."""

    labels: tuple[str, ...] = ()
    problem_type: str | None = None
    hub_metrics: tuple[str, ...] = ()
    reads_apart: bool = False
    reads_alone: bool = False
    long_rows: tuple[str, ...] = ("truncate", "error")
    label_roles: tuple[str, ...] = ("label",)
    labels_are_names: bool = False

    def names_from(self, columns: Mapping[str, str]) -> list[str] | None:
        return None

    def other_reading(self, labels: Sequence[Any]) -> str:
        return ""

    def readable(self, inputs: Mapping[str, list[Any]], labels: list[Any], where: Where) -> Readable:
        return Readable(dict(inputs), labels)

    def describe(self) -> list[Finding]:
        return []

    def recount(self, predictions: Predictions, split: str) -> dict[str, Any]:
        return {}

    def mark_unseen(self, train: Split, split: Split) -> list[Any] | None:
        return None

    def label_name_faults(self, names: Sequence[str]) -> list[str]:
        return []
