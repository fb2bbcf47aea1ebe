"""What is asked of this room: which source, how to read its columns, which rows; and whether that can be meant."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tunecard.data.readers.options import AUTO, ReadingOptions
from tunecard.errors import DataError, nearest
from tunecard.rows.dataset import SPLITS
from tunecard.tasks.registry import TASKS, unknown_task


@dataclass(frozen=True)
class DataPlan:
    """Everything `load_dataset` needs; relative paths resolve against `base_folder`.

    Attributes:
        source: a file, a folder of split files, a Hub id or `embedded`; a list joins several of them, each a text or a
            mapping of its path and, where they are its own, config and revision; a dict names a file (or a list of
            files, or a loaded `datasets.Dataset`) for each split.
        config, revision: of a Hub data set; of a workbook with several sheets, `config` names one.
        separator, encoding: of files, as a recipe has them; "auto" finds them.
        splits: canonical name to the name in the source, e.g. `{"train": "train_small"}`; None leaves a split out.
        columns: role (tokens, tags, text, text_pair, label, spans) to column; guessed where None.
        labels: names in id order, where the data holds bare integers or another order is wanted.
        labels_alike: "refuse" labels that differ only in case, blanks or Unicode form, or "merge" them.
        sample: split to number of rows, chosen by `seed` after missing splits were made; None keeps all.
        seed: decides made splits and samples.
        task: the name of a task, or "auto".
        factors: columns, and `length`, that slice the scores; `auto` adds what is found in the rows.
        people: those of the factors that say who a row is about or by.
        cluster: a column whose equal values mark rows that belong together, such as those of one document.
        needs_train: False reads only what is there, for predicting or scoring with an adapter that exists: no split
            is made, a single file counts as test, and `labels` must name the classes.
    """

    source: str | list[str | dict[str, Any]] | dict[str, Any]
    config: str | None = None
    revision: str | None = None
    splits: dict[str, str | None] = field(default_factory=lambda: {name: name for name in SPLITS})
    columns: dict[str, str] | None = None
    labels: list[str] | None = None
    labels_alike: str = "refuse"
    sample: dict[str, int | None] = field(default_factory=dict)
    seed: int = 42
    task: str = "auto"
    factors: list[str] = field(default_factory=lambda: ["length"])
    people: list[str] = field(default_factory=list)
    cluster: str | None = None
    base_folder: Path = field(default_factory=Path)
    needs_train: bool = True
    separator: str = AUTO
    encoding: str = AUTO

    @property
    def reading(self) -> ReadingOptions:
        """What a reader of files is told."""
        return ReadingOptions(self.separator, self.encoding, self.config, self.columns or {})


def check_plan(plan: DataPlan) -> None:
    """Raises: DataError: every key of the plan that cannot be meant."""
    problems = []
    if plan.task not in ("auto", *TASKS):
        problems.append(unknown_task(plan.task))
    for key, keys in (("splits", plan.splits), ("sample", plan.sample)):
        problems += [
            f"`data.{key}.{name}` is not a split.{nearest(name, SPLITS)}" for name in keys if name not in SPLITS
        ]
    problems += [
        f"`data.sample.{split}` must be a whole number of rows from 1, or null. Got {rows!r}."
        for split, rows in plan.sample.items()
        if rows is not None and (isinstance(rows, bool) or not isinstance(rows, int) or rows < 1)
    ]
    labels = plan.labels
    if labels is not None and (not labels or len(set(labels)) != len(labels)):
        problems.append("`data.labels` must name different labels in id order. Got a name twice or none.")
    if labels is not None and not all(isinstance(name, str) for name in labels):
        problems.append("`data.labels` must be text. Put numbers and words such as no and off in quotation marks.")
    if problems:
        raise DataError(problems)
