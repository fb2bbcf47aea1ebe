"""Tags that are one to a reader's eye: their types are alike, or their form is only untidy, as of "b-per" and " o"."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tunecard.rows.table import Table
from tunecard.tasks.alike import MERGE, AlikeNames, alike_fault, find_alike, merge_note, renamed, tidy

_TAG = re.compile(r"(O|[BIESLU]-.+)$", re.DOTALL)
TYPES = "entity types"


def tidy_tag(tag: str) -> str:
    """A tag without blanks around it and with a capital in front: "b-per " is "B-per".

    >>> tidy_tag(" o"), tidy_tag("b-per\u00a0")
    ('O', 'B-per')
    """
    plain = tidy(tag)
    return plain[:1].upper() + plain[1:] if plain[1:2] in ("-", "") else plain


def settle_alike_tags(
    tables: Mapping[str, Table], labels: Mapping[str, list[Any]], declared: Sequence[str], alike: str
) -> tuple[dict[str, list[Any]], list[str], list[str]]:
    """The tags with those that are alike made one, what was merged, and the faults where that was not asked.

    Args:
        declared: tags or types that somebody wrote down.
        alike: "merge", or anything else to refuse.
    """
    counts = Counter(tag for rows in labels.values() for tags in rows for tag in tags or [])
    untidy = [AlikeNames({tag: counts[tag]}, tidy_tag(tag)) for tag in sorted(counts) if not _TAG.match(tag)]
    types, known = _count_types(counts), {_type_of(name) for name in declared if name != "O"}
    groups = find_alike(types, known)
    if not untidy and not groups:
        return dict(labels), [], []
    new = renamed(groups, known)
    names = {tag: _with_type(tidy_tag(tag) if not _TAG.match(tag) else tag, new) for tag in counts}
    merged = {
        split: [None if tags is None else [names[tag] for tag in tags] for tags in rows]
        for split, rows in labels.items()
    }
    if alike != MERGE:
        files = " and ".join(dict.fromkeys(table.file for table in tables.values()))
        faults = [alike_fault(several, what) for several, what in ((untidy, "tags"), (groups, TYPES)) if several]
        return merged, [], [f"{files}: {fault}" for fault in faults]
    kept = [group for group in groups if group.kept in new.values()]
    return merged, [merge_note(several, what) for several, what in ((untidy, "tags"), (kept, TYPES)) if several], []


def _count_types(counts: Mapping[str, int]) -> Counter[str]:
    """How many words each type has; tags of untidy form count as what they become."""
    types: Counter[str] = Counter()
    for tag, count in counts.items():
        plain = tag if _TAG.match(tag) else tidy_tag(tag)
        if plain != "O":
            types[_type_of(plain)] += count
    return types


def _type_of(tag: str) -> str:
    return tag.partition("-")[2] if _TAG.match(tag) else tag


def _with_type(tag: str, new: Mapping[str, str]) -> str:
    kind = _type_of(tag)
    return tag if tag == "O" or kind not in new else f"{tag[:2]}{new[kind]}"
