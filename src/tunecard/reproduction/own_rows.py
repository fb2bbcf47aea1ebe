"""A reader's own labelled rows under the label names of a saved adapter: read as a recipe's rows are, held to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import Any

from tunecard.data import DataPlan, load_dataset
from tunecard.data.factors import LENGTH
from tunecard.data.readers.options import AUTO
from tunecard.data.source import Source
from tunecard.data.sources import open_sources
from tunecard.errors import DataError, nearest
from tunecard.evidence.evaluation_folder import ROWS
from tunecard.foreign.labels import in_options, tell_other_names
from tunecard.rows.dataset import Dataset
from tunecard.tasks import Task
from tunecard.tasks.alike import REFUSE

SCORED_FIRST = ("test", "validation", "train")
SHOWN = 30
RENAME = " Give these rows the adapter's names, or leave them out."
_LOOKED_AT = 1_000


@dataclass(frozen=True)
class OwnRows:
    """Which rows, and how they are read.

    Attributes:
        data: a path, a Hub id, or splits by name.
        split: which of its splits is scored; None takes the first with labels of test, validation and train.
        config: of a Hub data set that has several, or the sheet of a workbook.
        columns: role to column, as told.
        labels: names in the order of the numbers that the rows hold in their place.
        factors: columns that slice the scores.
        cluster: a column whose equal values mark rows that belong together.
        separator, encoding, labels_alike: as a recipe has them.
    """

    data: Any
    split: str | None = None
    config: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    labels: Sequence[str] | None = None
    factors: Sequence[str] = ()
    cluster: str | None = None
    separator: str = AUTO
    encoding: str = AUTO
    labels_alike: str = REFUSE


def read_own_rows(asked: OwnRows, task: Task, columns: Mapping[str, str]) -> Dataset:
    """The rows as the one split `test`, every label one that the adapter has.

    Args:
        task: of the adapter, with its labels.
        columns: of the rows that the adapter was made with; those that these rows have, too, are read again.
    Raises:
        DataError: no rows, no labels, columns or rows that are wrong.
        AdapterError: labels that the adapter does not have; all of them named.
    """
    known = _names(asked.labels, task)
    plan = _plan(asked, task, known)
    with _told_as_options():
        sources = open_sources(plan)
        plan = replace(plan, columns=_columns(asked.columns, columns, sources) or None)
        try:
            dataset = load_dataset(plan, sources)
        except DataError:
            if known:
                tell_other_names(plan, known, "the adapter", RENAME)
            raise
    scored = next((name for name in SCORED_FIRST if name in dataset.splits and dataset.splits[name].is_labelled), None)
    if scored is None:
        raise DataError(_no_labels(dataset, task))
    notes = (*dataset.notes, *_others_left(dataset, scored), *_numbers_read(sources, dataset, scored, task, asked))
    split = replace(dataset.splits[scored], name=ROWS)
    return replace(dataset, splits={ROWS: split}, notes=tuple(dict.fromkeys(notes)))


@contextmanager
def _told_as_options() -> Iterator[None]:
    """Whatever fault of data leaves the block speaks of options, since there is no recipe."""
    try:
        yield
    except DataError as error:
        raise DataError([in_options(problem) for problem in error.problems], place=error.place) from error


def _names(given: Sequence[str] | None, task: Task) -> list[str] | None:
    """In which order numbers stand for labels: as told, else as the adapter numbers its own. Raises: DataError."""
    if not task.labels_are_names:
        if given:
            raise DataError(f"the outputs of {task.words.head} need no names. Got --labels {','.join(given)}.")
        return None
    unknown = [name for name in given or () if name not in task.labels]
    if unknown:
        raise DataError(
            f"--labels must name labels of the adapter: {', '.join(task.labels[:SHOWN])}. Got "
            f"{', '.join(unknown[:SHOWN])}.{nearest(unknown[0], task.labels)}"
        )
    return list(given or task.labels)


def _plan(asked: OwnRows, task: Task, known: Sequence[str] | None) -> DataPlan:
    plan = DataPlan(
        source=asked.data,
        config=asked.config,
        labels=None if known is None else list(known),
        labels_alike=asked.labels_alike,
        task=task.name,
        factors=list(dict.fromkeys((LENGTH, *asked.factors))),
        cluster=asked.cluster,
        needs_train=False,
        separator=asked.separator,
        encoding=asked.encoding,
    )
    only = {"train": None, "validation": None, "test": asked.split}
    return plan if asked.split is None else replace(plan, splits=only)


def _columns(told: Mapping[str, str], earlier: Mapping[str, str], sources: Sequence[Source]) -> dict[str, str]:
    """As told; else as the adapter's own rows were read, where these have that column; the rest by usual names."""
    present = {name for source in sources for table in source.tables.values() for name in table.columns}
    return {role: name for role, name in earlier.items() if name in present} | dict(told)


def _no_labels(dataset: Dataset, task: Task) -> str:
    column = next((dataset.columns[role] for role in task.label_roles if role in dataset.columns), None)
    what = f"column {column!r} holds none" if column else f"no column holds the {task.label_roles[-1]}"
    return (
        f"{dataset.name} has no labels to score against: {what}. Give labelled rows, or name their column: "
        f"--column {task.label_roles[-1]}=NAME. Rows without labels are for `tunecard predict`."
    )


def _others_left(dataset: Dataset, scored: str) -> Iterator[str]:
    """What of several splits was taken, where there was a choice."""
    if len(dataset.splits) > 1:
        others = ", ".join(name for name in dataset.splits if name != scored)
        yield f"{dataset.name}: its split {scored} is scored, not {others}; --split takes another"


def _numbers_read(
    sources: Sequence[Source], dataset: Dataset, scored: str, task: Task, asked: OwnRows
) -> Iterator[str]:
    """That bare numbers were taken for the adapter's own, where nothing else says what they stand for."""
    if asked.labels or not task.labels_are_names or len(sources) != 1:
        return
    column = next((dataset.columns[role] for role in task.label_roles if role in dataset.columns), "")
    if sources[0].names.get(column):
        return
    values = set(islice(_flat(sources[0].tables[scored].column(column)), _LOOKED_AT))
    if values and all(value.isdecimal() for value in values) and not values & set(task.labels):
        order = ", ".join(f"{id} = {name}" for id, name in enumerate(task.labels[:SHOWN]))
        yield f"labels are bare numbers, read as the adapter numbers its own: {order}. Else say --labels"


def _flat(values: Sequence[Any]) -> Iterator[str]:
    lists = (value if isinstance(value, list | tuple) else (value,) for value in values)
    return (str(value) for value in chain.from_iterable(lists) if value is not None)
