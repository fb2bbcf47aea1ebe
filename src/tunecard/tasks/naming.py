"""Labels of all splits together: which names there are, in which order, and which rows do not fit them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tunecard.rows.dataset import TOKEN_TASK
from tunecard.rows.table import Table
from tunecard.tasks.labels import label_order, unknown_labels
from tunecard.tasks.tags import OUTSIDE, declared_faults, scheme_faults, scheme_of, tag_order, to_iob2, unknown_tags


@dataclass
class Named:
    """Names in id order, the labels of each split, a note on a conversion, and every fault."""

    names: list[str]
    labels: dict[str, list[Any]]
    note: str = ""
    problems: list[str] = field(default_factory=list)


def settle_names(
    tables: Mapping[str, Table], labels: Mapping[str, list[Any]], kind: str, declared: Sequence[str] | None
) -> Named:
    """Brings tags to IOB2, puts the names in order and checks every row against them.

    Args:
        tables: split to its table, for saying where a fault is.
        labels: split to labels by name, None where a row is unlabelled.
        declared: names in id order, where the recipe or the source states them.
    """
    problems = _unlabelled_faults(tables, labels)
    if kind == TOKEN_TASK:
        named = _settle_tags(tables, labels, declared)
    else:
        deciding = labels.get("train") or [label for several in labels.values() for label in several]
        names = label_order(deciding, declared)
        unknown = [fault for split in labels for fault in unknown_labels(tables[split], labels[split], names)]
        named = Named(names, dict(labels), problems=unknown)
    named.problems = problems + named.problems
    if not problems and not named.problems and "train" in labels:
        named.problems = _one_class_faults(tables["train"], named.labels["train"], kind)
    return named


def _settle_tags(tables: Mapping[str, Table], labels: Mapping[str, list[Any]], declared: Sequence[str] | None) -> Named:
    problems = declared_faults(declared)
    scheme = scheme_of(row for rows in labels.values() for row in rows if row is not None)
    if scheme is None:
        problems += [fault for split in labels for fault in scheme_faults(tables[split], labels[split])]
        return Named([], dict(labels), problems=problems)
    tags = {split: [None if row is None else to_iob2(row, scheme) for row in rows] for split, rows in labels.items()}
    names = tag_order(tags.get("train") or [row for rows in tags.values() for row in rows], declared)
    problems += [fault for split in tags for fault in unknown_tags(tables[split], tags[split], names)]
    return Named(names, tags, "" if scheme == "IOB2" else f"; tags converted from {scheme} to IOB2", problems)


def _unlabelled_faults(tables: Mapping[str, Table], labels: Mapping[str, list[Any]]) -> list[str]:
    if "train" not in labels:
        return []
    table, rows = tables["train"], [row for row, label in enumerate(labels["train"]) if label is None]
    if not rows:
        return []
    if len(rows) == len(table):
        return [f"{table.file}: every row of train must have a label. Got none (all are missing or -1)."]
    return [
        (
            f"{table.where_all(rows)}: every row of train must have a label. Got {len(rows):,} of {len(table):,} rows "
            "without one (missing or -1). Label or remove them."
        )
    ]


def _one_class_faults(table: Table, labels: list[Any], kind: str) -> list[str]:
    if kind == TOKEN_TASK:
        if any(tag != OUTSIDE for tags in labels for tag in tags):
            return []
        return [f"{table.file}: train must hold entities. Got no tag but O in {len(table):,} rows."]
    found = sorted(set(labels))
    if len(found) > 1:
        return []
    return [f"{table.file}: train must hold at least two classes. Got {found[0]!r} in all {len(table):,} rows."]
