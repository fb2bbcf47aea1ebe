"""The path of this room: open the sources, tell the columns, name the labels, make the splits, take the samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tunecard.counted import counted, each
from tunecard.data.clusters import check_cluster, number_clusters
from tunecard.data.columns import check_factors, find_columns
from tunecard.data.factors import LENGTH, MAX_PEOPLE, MAX_VALUES, bin_values, length_bin
from tunecard.data.found_factors import with_found_factors
from tunecard.data.joined import lacking, origin_factor, origins_of, shown_names
from tunecard.data.naming import settle_labels
from tunecard.data.plan import DataPlan, check_plan
from tunecard.data.quality.repeated_rows import count_words
from tunecard.data.readers.options import AUTO
from tunecard.data.source import Source
from tunecard.data.source_findings import describe_files
from tunecard.data.sources import open_sources
from tunecard.data.splits import make_splits, take_sample
from tunecard.data.stored_ids import by_name, spelt_out
from tunecard.errors import DataError
from tunecard.rows.dataset import SPLITS, Dataset, Split
from tunecard.rows.table import Table, join_tables
from tunecard.tasks import Task
from tunecard.tasks.inputs import WRITTEN
from tunecard.tasks.naming import NamedLabels
from tunecard.tasks.visible import Readable

UNLABELLED_ROWS = "no label"
KNOWN = (LENGTH, AUTO)  # factors that are no columns


@dataclass(frozen=True)
class _Part:
    """One source's share of a split: raw factors, columns by role, labels by name, faults, and whether these took
    labels.
    """

    table: Table
    labels: list[Any]
    factors: dict[str, list[Any]]
    clusters: list[Any]
    problems: list[str]
    lacks_labels: bool

    def of(self, source: str, factor: str | None) -> _Part:
        """The same, each row knowing its source by a factor, where there are several."""
        return self if factor is None else replace(self, factors={**self.factors, factor: [source] * len(self.table)})


def load_dataset(plan: DataPlan, sources: Sequence[Source] | None = None) -> Dataset:
    """Reads, checks and completes a data set.

    Args:
        sources: what `plan` names, where it was opened before.

    Raises:
        DataError: files, columns, rows or labels that are wrong; all that one step can see at once.
        MachineError: a Hub data set without network or without the library `datasets`.
    """
    check_plan(plan)
    if sources is None:
        with counted("Reading files"):
            sources = open_sources(plan)
    task, columns = _columns_of_all(sources, plan)
    declared = _declared_names(sources, task, columns, plan) or task.names_from(columns[0])
    splits, named, notes = _read_splits(sources, task, columns, declared, plan)
    notes = [note for source in sources for note in source.notes] + lacking(sources) + notes
    if plan.needs_train:
        splits = make_splits(splits, task, plan.seed, () if plan.splits.get("test", "test") else ("test",))
    splits = {name: take_sample(split, plan.sample.get(name), plan.seed) for name, split in splits.items()}
    _check_sample(splits, task, plan)
    dataset = Dataset(
        name=" + ".join(source.name for source in sources),
        kind=task.name,
        labels=tuple(named.names),
        splits=splits,
        columns=columns[0],
        revision=sources[0].revision if len(sources) == 1 else None,
        config=plan.config,
        origins=origins_of(sources, splits, plan.factors),
        declared=_statements(sources, task, columns[0], plan),
        cluster=plan.cluster,
        people=tuple(plan.people),
        notes=tuple(dict.fromkeys(notes)),
        files=tuple(file for pair in zip(sources, columns, strict=True) for file in describe_files(*pair)),
    )
    return with_found_factors(dataset) if AUTO in plan.factors else dataset


def _check_sample(splits: Mapping[str, Split], task: Task, plan: DataPlan) -> None:
    if plan.needs_train and (faults := task.training_faults(splits["train"].labels)):
        raise DataError(f"`data.sample.train` leaves too little: {faults[0]} Raise it.")


def _columns_of_all(sources: Sequence[Source], plan: DataPlan) -> tuple[Task, list[dict[str, str]]]:
    found, problems = [], []
    for source in sources:
        try:
            found.append(find_columns(source, plan))
            check_factors(plan.factors, plan.people, source)
            check_cluster(plan.cluster, source.tables, source.name)
        except DataError as error:
            problems.extend(error.problems)
    kinds = {task.name for task, _ in found}
    if not problems and len(kinds) > 1:
        problems.append("joined sources must be of one task. Got " + " and ".join(sorted(kinds)) + ". Set `task`.")
    if problems:
        raise DataError(problems)
    return found[0][0], [columns for _, columns in found]


def _declared_names(
    sources: Sequence[Source], task: Task, columns: Sequence[dict[str, str]], plan: DataPlan
) -> list[str] | None:
    """Names in id order from the recipe, else from the sources: the first one's, and what others add to them."""
    if plan.labels is not None:
        return list(plan.labels)
    several = [_names_of(source, task, roles) or [] for source, roles in zip(sources, columns, strict=True)]
    return list(dict.fromkeys(name for names in several for name in names)) or None


def _names_of(source: Source, task: Task, columns: Mapping[str, str]) -> list[str] | None:
    return source.names.get(next((columns[role] for role in task.label_roles if role in columns), ""))


def _read_splits(
    sources: Sequence[Source],
    task: Task,
    columns: Sequence[dict[str, str]],
    declared: list[str] | None,
    plan: DataPlan,
) -> tuple[dict[str, Split], NamedLabels, list[str]]:
    """Splits, the names of their labels, and what a person must be told of them."""
    present = [split for split in SPLITS if any(split in source.tables for source in sources)]
    names = shown_names(sources)
    parts = {
        split: [
            _read_part(source, split, task, roles, plan).of(name, origin_factor(sources, plan.factors))
            for name, source, roles in zip(names, sources, columns, strict=True)
            if split in source.tables
        ]
        for split in each(present, "Checking rows", "splits")
    }
    tables = {split: join_tables([part.table for part in several]) for split, several in parts.items()}
    labels = {split: [label for part in several for label in part.labels] for split, several in parts.items()}
    problems = [fault for several in parts.values() for part in several for fault in part.problems]
    if problems and any(part.lacks_labels for several in parts.values() for part in several):
        raise DataError(problems)  # what is said of labels would follow from those that could not be read
    named = settle_labels(task, tables, labels, declared, plan.labels_alike)
    if problems or named.problems:
        raise DataError([*problems, *named.problems])
    factors = _factors({split: [part.factors for part in several] for split, several in parts.items()}, plan.people)
    clusters = _clusters({split: [part.clusters for part in several] for split, several in parts.items()}, plan)
    read = {split: _read_rows(task, table, named.labels[split]) for split, table in tables.items()}
    splits = {
        split: _split(
            split,
            read[split],
            tables[split].positions(),
            named.origin,
            {name: values[split] for name, values in factors.items()},
            clusters.get(split),
            tables[split].columns.get(WRITTEN),
            plan,
        )
        for split in parts
    }
    notes = named.notes + [note for split in read.values() for note in split.notes]
    notes += _unlabelled_notes(splits, tables) + _other_reading(task, splits, plan)
    return {split: _count_left_out(read, sources) for split, read in splits.items()}, named, notes


def _read_rows(task: Task, table: Table, labels: list[Any]) -> Readable:
    inputs: dict[str, list[Any]] = {
        role: values for role, values in table.columns.items() if role not in (*task.label_roles, WRITTEN)
    }
    return task.readable(inputs, labels, table.where)


def _unlabelled_notes(splits: Mapping[str, Split], tables: Mapping[str, Table]) -> list[str]:
    return [
        f"{tables[name].file}: {missing:,} of {len(tables[name]):,} rows have no label and are left out"
        for name, split in splits.items()
        if (missing := split.dropped.get(UNLABELLED_ROWS))
    ]


def _other_reading(task: Task, splits: Mapping[str, Split], plan: DataPlan) -> list[str]:
    """What else the labels may be, where nobody named the task or the labels."""
    if plan.task != "auto" or plan.labels is not None or "train" not in splits:
        return []
    return [note] if (note := task.other_reading(splits["train"].labels)) else []


def _count_left_out(split: Split, sources: Sequence[Source]) -> Split:
    """The split with what the readers left out of it."""
    dropped = dict(split.dropped)
    for source in sources:
        for reason, rows in source.left_out.get(split.name, {}).items():
            dropped[reason] = dropped.get(reason, 0) + rows
    return replace(split, dropped=dropped)


def _read_part(source: Source, split: str, task: Task, columns: dict[str, str], plan: DataPlan) -> _Part:
    raw = spelt_out(source.tables[split], source, task, columns, plan)
    table, problems = task.read_rows(raw, columns)
    names = plan.labels if plan.labels is not None else _names_of(source, task, columns)
    labels, faults = task.read_labels(table, names)
    factors = {name: by_name(raw.column(name), source.names.get(name)) for name in plan.factors if name not in KNOWN}
    clusters = raw.column(plan.cluster) if plan.cluster is not None else []
    made_of_rows = bool(problems) and "spans" in columns
    return _Part(table, labels, factors, clusters, problems + faults, bool(faults) or made_of_rows)


def _factors(
    parts: Mapping[str, Sequence[dict[str, list[Any]]]], people: Sequence[str]
) -> dict[str, dict[str, list[str]]]:
    names = dict.fromkeys(name for several in parts.values() for part in several for name in part)
    return {
        name: bin_values(
            {split: [value for part in several for value in part[name]] for split, several in parts.items()},
            MAX_PEOPLE if name in people else MAX_VALUES,
        )
        for name in names
    }


def _clusters(parts: Mapping[str, Sequence[list[Any]]], plan: DataPlan) -> dict[str, list[int]]:
    """The number of each row's group, by split; nothing where no column names groups."""
    if plan.cluster is None:
        return {}
    return number_clusters(
        {
            split: [(source, value) for source, values in enumerate(several) for value in values]
            for split, several in parts.items()
        }
    )


def _split(  # noqa: PLR0913, PLR0917 - what a split is made of
    name: str,
    read: Readable,
    rows: list[int],
    conversion: str,
    factors: dict[str, list[str]],
    clusters: list[int] | None,
    written: list[str | None] | None,
    plan: DataPlan,
) -> Split:
    split = Split(name, rows, read.inputs, read.labels, factors, "given" + conversion, {}, clusters, written)
    if LENGTH in plan.factors:
        split = replace(split, factors={LENGTH: [length_bin(words) for words in count_words(split)], **factors})
    labelled = [row for row, label in enumerate(split.labels) if label is not None]
    if 0 < len(labelled) < len(split):
        # Scores need a label in every row: rows without one are left out and counted, never scored as wrong.
        split = replace(split.take(labelled), dropped={UNLABELLED_ROWS: len(split) - len(labelled)})
    return split


def _statements(sources: Sequence[Source], task: Task, columns: Mapping[str, str], plan: DataPlan) -> dict[str, str]:
    stated = [source.declared for source in sources]
    declared = {key: value for key, value in stated[0].items() if all(one.get(key) == value for one in stated)}
    if plan.labels is not None:
        declared["label_names"] = "the recipe's `data.labels`"
    elif _names_of(sources[0], task, columns):
        declared["label_names"] = sources[0].names_from
    return declared
