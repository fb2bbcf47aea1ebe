"""Rows that belong together, such as sentences of one document: numbered when read, counted, and offered by name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tunecard.data.factors import as_text
from tunecard.data.quality.repeated_rows import PAIRS
from tunecard.data.source import Source
from tunecard.errors import DataError, nearest
from tunecard.evidence import Finding, measured
from tunecard.metrics.estimates import LEAST_UNITS
from tunecard.rows.counting import cluster_figures
from tunecard.rows.dataset import Dataset
from tunecard.rows.factor_values import MISSING
from tunecard.rows.table import Table
from tunecard.tasks.columns import listed

KEY = "evaluation.cluster"
# Names by which data sets call what several of their rows come from.
_USUAL = re.compile(r"(?i)(group|doc|document|template|dialog|dialogue|conversation)s?([_-]?(id|no|nr|name))?")


def number_clusters(by_split: Mapping[str, Sequence[tuple[int, Any]]]) -> dict[str, list[int]]:
    """One number a row, equal where rows belong together, also across splits.

    Args:
        by_split: split to (source, value) of each row: equal values of two sources are two groups, and a row without a
            value is a group of its own.

    >>> number_clusters({"train": [(0, "a"), (0, "b"), (0, None)], "test": [(0, "a"), (1, "a")]})
    {'train': [0, 1, 2], 'test': [0, 3]}
    """
    known: dict[tuple[int, str], int] = {}
    numbers: dict[str, list[int]] = {}
    free = 0
    for split, values in by_split.items():
        numbers[split] = []
        for source, value in values:
            text = as_text(value)
            number = free if text == MISSING else known.setdefault((source, text), free)
            free = max(free, number + 1)
            numbers[split].append(number)
    return numbers


def check_cluster(cluster: str | None, tables: Mapping[str, Table], source: str) -> None:
    """The column that names groups of rows is in every split of a source. Raises: DataError."""
    if cluster is None:
        return
    for split, table in tables.items():
        if cluster not in table.columns:
            raise DataError(
                f"{source}: `{KEY}` names {cluster!r} and {split} has no such column."
                f"{nearest(cluster, list(table.columns))} {listed(list(table.columns))}"
            )


def cluster_findings(dataset: Dataset) -> list[Finding]:
    """The column, the groups of each split, and how many of them another split holds too, where one is named."""
    if dataset.cluster is None:
        return []
    of_split = {name: split.clusters or [] for name, split in dataset.splits.items()}
    return [
        measured("data.cluster", dataset.cluster),
        *(
            measured(f"data.{name}.clusters", cluster_figures(numbers), split=name, n=len(numbers))
            for name, numbers in of_split.items()
        ),
        *(
            measured(
                f"data.cluster_overlap.{seen}.{split}",
                len(set(of_split[seen]) & set(of_split[split])),
                split=split,
                n=len(set(of_split[split])),
                method=f"equal values of the column in {seen} and {split}; n = groups of {split}",
            )
            for seen, split in PAIRS
            if seen in of_split and split in of_split
        ),
    ]


def offered_cluster(sources: Sequence[Source]) -> str | None:
    """A column whose name says that its equal values belong together, and whose values do repeat; None without one."""
    for source in sources:
        for table in source.tables.values():
            found = next((name for name in table.columns if _USUAL.fullmatch(name) and _repeats(table, name)), None)
            if found is not None and all(found in other.columns for other in source.tables.values()):
                return found
    return None


def _repeats(table: Table, name: str) -> bool:
    times = Counter(text for value in table.column(name) if (text := as_text(value)) != MISSING)
    return len(times) >= LEAST_UNITS and max(times.values()) > 1
