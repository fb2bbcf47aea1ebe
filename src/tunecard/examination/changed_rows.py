"""The rows of a split that a change changes, in an order that the seed draws, each written otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from tunecard.examination.changes import About, Change, Draw, Row, Swap, names_by_type
from tunecard.examination.subject import Subject
from tunecard.rows.dataset import Split
from tunecard.rows.text import is_invisible
from tunecard.tasks.free_inputs import free_inputs, kept_inputs
from tunecard.tasks.named_spans import naming


@dataclass(frozen=True)
class Changed:
    """Some rows of a split, before and after.

    Attributes:
        before: as they are.
        after: the same rows written otherwise, with the labels that they then have.
        swaps: (N,) where words became fewer or more.
    """

    before: Split
    after: Split
    swaps: list[tuple[Swap, ...]]


def about_rows(subject: Subject) -> About:
    """What changes must know of the rows that a subject may be asked about."""
    free = free_inputs(subject.task, subject.rows.inputs)
    names, train = naming(subject.task), subject.train
    is_known = names is not None and train is not None and train.is_labelled
    return About(
        free=free,
        is_whole=not kept_inputs(subject.task),
        holds_words=any(isinstance(subject.rows.inputs[name][0], list) for name in free if len(subject.rows)),
        naming=names,
        names=names_by_type(names, train.inputs["tokens"], train.labels) if is_known and names and train else {},
    )


def changed_rows(subject: Subject, about: About, change: Change, strength: float, most: int) -> Changed:
    """At most so many rows that the change changes, those that the seed draws first."""
    found = sorted(islice(_changes(subject, about, change, strength), most), key=lambda one: one[0])
    before = subject.rows.take([place for place, _ in found])
    inputs = {name: [row.inputs[name] for _, row in found] for name in before.inputs}
    after = Split(
        name=before.name,
        rows=before.rows,
        inputs=inputs,
        labels=[row.label for _, row in found],
        factors={},
        origin=before.origin,
        dropped={},
        clusters=before.clusters,
    )
    return Changed(before, after, [row.swaps for _, row in found])


def _changes(subject: Subject, about: About, change: Change, strength: float) -> Iterator[tuple[int, Row]]:
    rows, draw = subject.rows, Draw(subject.seed, change.name)
    for place in np.random.default_rng(subject.seed).permutation(len(rows)).tolist():
        row = Row({name: values[place] for name, values in rows.inputs.items()}, rows.labels[place])
        new = change.changed(row, strength, draw, about)
        if new.inputs != row.inputs and _is_readable(new.inputs, about):
            yield place, new


def _is_readable(inputs: Mapping[str, Any], about: About) -> bool:
    """Whether something is left to read of each text that held something."""
    texts = ["".join(inputs[name]) for name in about.free]
    return bool(texts) and not is_invisible(texts[0])
