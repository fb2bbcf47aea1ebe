"""What was seen in data, once all of it is read: splits, columns, labels, lengths, what repeats, the task and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tunecard.data import load_dataset
from tunecard.data.clusters import offered_cluster
from tunecard.data.quality.repeated_rows import count_words, row_keys
from tunecard.pipeline.found_columns import found_columns
from tunecard.pipeline.looking import Look, plan_of
from tunecard.pipeline.wish import Wish
from tunecard.rows.dataset import Dataset
from tunecard.tasks import TASKS, Task, task_for

ONE_VALUE = ("classes", "numbers")  # objectives of tasks whose label may be one number of a column


@dataclass(frozen=True)
class SeenSplit:
    """A split: its rows, where it comes from, and what was left out of it, reason to rows."""

    name: str
    rows: int
    origin: str
    dropped: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Seen:
    """All that `init` says of data.

    Attributes:
        splits: as they are given and made.
        columns: role to column.
        task: its name; `why` says by what, and `others` are those that may be asked for.
        group_name: what labels are, "classes" or "entity types"; `groups` their counts in train, the most first.
        numbers: mean, least and most, where labels are amounts.
        longest: words of the longest row.
        repeated: rows of train whose text stands there before.
        cluster: a column whose equal values seem to mark rows that belong together.
        notes: what the readers found and did.
    """

    splits: tuple[SeenSplit, ...]
    columns: Mapping[str, str]
    task: str
    why: str
    others: tuple[str, ...]
    group_name: str
    groups: dict[str, int]
    numbers: Mapping[str, float]
    longest: int
    repeated: int
    cluster: str | None = None
    notes: tuple[str, ...] = ()


def see(look: Look, wish: Wish, base_folder: Path) -> Seen:
    """Reads and checks all rows of opened data. Raises: DataError: what is wrong with them, all at once."""
    columns = {**found_columns(look, wish)[1], **wish.columns}
    plan = plan_of(replace(wish, columns=columns), base_folder)
    dataset = load_dataset(plan, look.sources)
    task, train = task_for(dataset), dataset.splits["train"]
    counts = task.count_labels(train.labels)
    figures = task.label_figures(train.labels)
    return Seen(
        splits=tuple(SeenSplit(name, len(one), one.origin, one.dropped) for name, one in dataset.splits.items()),
        columns=dataset.columns,
        task=task.name,
        why=_why(wish, task, dataset, look),
        others=_others(task, dataset, look),
        group_name=task.words.label_kinds,
        groups=dict(sorted(counts.items(), key=lambda item: -item[1])),
        numbers=_summary(figures),
        longest=max(max(count_words(split)) for split in dataset.splits.values()),
        repeated=len(train) - len(set(row_keys(train))),
        cluster=offered_cluster(look.sources),
        notes=tuple(dataset.notes),
    )


def _summary(figures: Mapping[str, Any]) -> Mapping[str, float]:
    found = figures.get("label_summary")
    return found if isinstance(found, Mapping) else {}


def _others(task: Task, dataset: Dataset, look: Look) -> tuple[str, ...]:
    """Tasks that the same rows could be of: only numbers may be amounts or classes."""
    column = _label_column(task, dataset)
    kind = "names" if look.declared_names(column) else look.profile_of(column).kind
    others = {name: make() for name, make in TASKS.items() if name != task.name}
    same = [name for name, one in others.items() if one.reads == task.reads and one.objective in ONE_VALUE]
    return tuple(same) if kind in ("numbers", "whole numbers") else ()


def _label_column(task: Task, dataset: Dataset) -> str:
    return next(dataset.columns[role] for role in task.label_roles if role in dataset.columns)


def _why(wish: Wish, task: Task, dataset: Dataset, look: Look) -> str:
    if wish.task != "auto":
        return "as asked for"
    column = _label_column(task, dataset)
    profile = look.profile_of(column)
    if look.declared_names(column):
        return f"because {column!r} holds {len(dataset.labels)} names that the data declares"
    held = {
        "numbers": f"{profile.distinct:,} different decimals",
        "whole numbers": f"{profile.distinct:,} different whole numbers",
        "names": f"{profile.distinct:,} different names",
        "texts": f"{profile.distinct:,} different texts",
    }.get(profile.kind, "lists")
    if len(several := look.columns_of(column)) > 1:
        return f"because {len(several)} columns hold nothing but 0 and 1"
    return f"because {column!r} holds {held}"
