"""Data that comes without training rows: its one held-out split is trained on, and others are made from it by rule."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from tunecard.data.plan import DataPlan
from tunecard.data.source import Source

TRAIN = "train"
HELD_OUT = ("validation", "test")  # the first that is there is taken, so that test stays what it is
Value = TypeVar("Value")


def may_stand_in(present: Collection[str], plan: DataPlan) -> bool:
    """Whether there is a split that can be trained on in place of train: nobody has named another for either.

    Args:
        present: canonical names of what is there.
    """
    taken = _taken(present)
    return taken is not None and plan.splits.get(TRAIN) == TRAIN and plan.splits.get(taken) == taken


def with_training_rows(sources: Sequence[Source], plan: DataPlan) -> list[Source]:
    """The sources as they are where one has training rows, or none is needed; else with a held-out split as train."""
    present = {split for source in sources for split in source.tables}
    if not plan.needs_train or TRAIN in present or not may_stand_in(present, plan):
        return list(sources)
    taken = str(_taken(present))
    return [_moved(source, taken) if taken in source.tables else source for source in sources]


def _taken(present: Collection[str]) -> str | None:
    return next((split for split in HELD_OUT if split in present), None)


def _moved(source: Source, taken: str) -> Source:
    def named(values: Mapping[str, Value]) -> dict[str, Value]:
        return {TRAIN if split == taken else split: value for split, value in values.items()}

    note = (
        f"{source.name}: has no training split, so that its {taken} rows are divided: they are train here, and the "
        f"splits that are missing are made from them. No score is one on the {taken} split that others report"
    )
    return replace(
        source,
        tables=named(source.tables),
        left_out=named(source.left_out),
        files=tuple(replace(file, split=TRAIN) if file.split == taken else file for file in source.files),
        notes=(*source.notes, note),
    )
