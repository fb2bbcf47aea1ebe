"""Tags that are types alone, such as PER beside O: each run of one is an entity, where no tag says otherwise."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tunecard.row_faults import GOT, RowFault
from tunecard.rows.table import Table
from tunecard.rows.text import shown
from tunecard.tasks.alike_tags import tidy_tag

_FORM = re.compile(r"(O|[BIESLUM]-.+)$", re.DOTALL)
_OTHER_PREFIX = re.compile(r"[BIESLU][_:/. ].+$|.+[-_:/.][BIESLU]$", re.DOTALL)  # "B_PER", "PER-B"
_FAULT = f"a tag must be O, or B- or I- with a type. Got {GOT}."
_OF_WORDS = (
    f"a tag of an entity must be O, or B- or I- with a type. Got {GOT}. Where tags are of words, as parts of speech "
    "are, set `task: word-tagging`."
)
NOTE = (
    "tags without B- or I- are read as types: words of one type in a row are one entity, so that two that touch cannot "
    "be told apart"
)


def settle_bare_types(
    tables: Mapping[str, Table], labels: Mapping[str, list[Any]]
) -> tuple[dict[str, list[Any]], list[str], list[str]]:
    """The tags with types alone as I- of that type, a note where that was done, and every tag that has no form.

    Types alone are read so only where O is among the tags (of train) and none has a B- or the like, nor another sign
    for it: mixed with others they are slips, and without O they are no entities, as parts of speech are none.
    """
    tags = {tag for rows in labels.values() for row in rows for tag in row or []}
    bare = {tag for tag in tags if not _FORM.match(tag) and not _FORM.match(tidy_tag(tag))}
    if not bare:
        return dict(labels), [], []
    deciding = {tag for row in labels.get("train", []) for tag in row or []} or tags
    has_o_alone = {tidy_tag(tag) for tag in tags - bare} == {"O"} and not deciding <= bare
    if has_o_alone and not any(map(_OTHER_PREFIX.match, bare)):
        named = {tag: f"I-{tag}" if tag in bare else tag for tag in tags}
        whole = {
            split: [None if row is None else [named[tag] for tag in row] for row in labels[split]] for split in labels
        }
        return whole, [NOTE], []
    fault = _OF_WORDS if deciding <= bare else _FAULT
    problems: list[str] = [
        RowFault(fault, tables[split].where(row, place), shown(tag))
        for split, rows in labels.items()
        for row, several in enumerate(rows)
        for place, tag in enumerate(several or [])
        if tag in bare
    ]
    return dict(labels), [], problems
