"""When the tags of words are no entities but one tag a word, such as parts of speech; and how they are read.

They are where train has neither an O nor a tag with B-, I- or the like, or where their column says so (`upos`,
`pos_tags`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tunecard.rows.table import Table
from tunecard.tasks.alike import MERGE, alike_fault, count_names, find_alike, merge_note, renamed
from tunecard.tasks.labels import label_order
from tunecard.tasks.minus_one import is_id
from tunecard.tasks.naming import NamedLabels
from tunecard.tasks.tags import bare_numbers, unknown_tags

COLUMNS = ("upos", "xpos", "pos", "pos_tags")
SPANNED = re.compile(r"(O|[BIESLUM][-_].+)$", re.DOTALL)


def are_word_tags(names: Iterable[str]) -> bool:
    """Whether these are tags of words and not of entities.

    >>> are_word_tags(["NOUN", "VERB"]), are_word_tags(["O", "PER"]), are_word_tags(["B-PER"]), are_word_tags([])
    (True, False, False, False)
    """
    several = set(names)
    return bool(several) and not any(SPANNED.match(name) for name in several)


def column_of_word_tags(table: Table) -> str | None:
    """The column whose name says that it holds tags of words."""
    return next((name for wanted in COLUMNS for name in table.columns if name.lower() == wanted), None)


def settle_word_tags(
    tables: Mapping[str, Table], labels: Mapping[str, list[Any]], declared: Sequence[str] | None, alike: str
) -> NamedLabels:
    """Tags of all splits, their names in id order, and every tag that fits none.

    Args:
        alike: "merge" makes tags that differ only in case, blanks or Unicode form one; else they are a fault.
    """
    if problems := bare_numbers(tables, labels, example="NOUN, VERB, ADJ"):
        return NamedLabels([], dict(labels), problems=problems)
    every = [tag for rows in labels.values() for tags in rows for tag in tags or []]
    groups = find_alike(count_names(every), declared or ())
    if groups and alike != MERGE:
        files = " and ".join(dict.fromkeys(table.file for table in tables.values()))
        problems.append(f"{files}: {alike_fault(groups, 'labels')}")
    new = renamed(groups, declared or ())
    notes = [merge_note([group for group in groups if group.kept in new.values()], "labels")] if new else []
    settled = {
        split: [None if tags is None else [new.get(tag, tag) for tag in tags] for tags in rows]
        for split, rows in labels.items()
    }
    train = [tag for tags in settled.get("train", []) for tag in tags or []]
    names = label_order(train or [new.get(tag, tag) for tag in every if not is_id(tag)], declared)
    problems += unknown_tags(tables, settled, names, is_declared=bool(declared))
    return NamedLabels(names, settled, notes=notes, problems=problems)
