"""Tags of words: ids to names, the scheme they are in, and IOB2 for the rest of the house.

IOB2 (Ramshaw and Marcus 1995; Tjong Kim Sang and Veenstra 1999): every entity begins with B- and goes on with I- of its
type. IOB1 and IO write B- only where two entities of a type touch; BIOES (also IOBES, BILOU, BMES) marks ends and
single words. A word has one tag: entities that lie in one another are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tunecard.row_faults import GOT, RowFault
from tunecard.rows.table import Table
from tunecard.rows.text import shown
from tunecard.tasks.alike_tags import settle_alike_tags
from tunecard.tasks.bare_types import settle_bare_types
from tunecard.tasks.labels import UNLABELLED, name_of, unknown_names
from tunecard.tasks.minus_one import is_id
from tunecard.tasks.naming import NamedLabels

OUTSIDE = "O"
_FORM = re.compile(r"(O|[BIESLUM]-.+)$", re.DOTALL)
_BIOES = {"L": "E", "U": "S", "M": "I"}  # the letters of BILOU and BMES for the same three
_OF_BIOES = "ESLUM"
_SEVERAL = re.compile(r"[|;,+]")
_NESTED = (
    f"a word has one tag, so that entities which lie in one another cannot be told. Got {GOT}. Keep one tag a word, of "
    "the outer entity or of the inner, and make a data set of each."
)
Tags = list[str] | None
_NOT_BIOES = f"the tag {GOT} is of BIOES and the rest is not consistent BIOES. Mend the tags of the sentence."
_IOB2 = "in IOB2 an entity begins with B- and goes on with I- of its type."
_NOT_IOB2 = f"{_IOB2} Got {GOT}. Write B- there or mend the tag before."


def name_tags(table: Table, names: Sequence[str] | None) -> tuple[list[Tags], list[str]]:
    """The tags of each row by name (None: unlabelled), and every fault.

    Tags of another form than O, B- or I- with a type are kept for `settle_tags`, which knows those of all splits.

    Args:
        table: with the columns `tokens` and `tags`; without `tags` every row is unlabelled.
        names: tags in id order, where declared.
    """
    tags: list[Tags] = []
    problems: list[str] = []
    seen: dict[Any, str] = {}  # raw tag to its name: a data set has few different tags and many words
    for row, (words, values) in enumerate(zip(table.column("tokens"), table.column("tags"), strict=True)):
        tags.append(None)
        if fault := _shape_fault(words, values):
            problems.append(RowFault(fault[0], table.where(row), fault[1]))
        elif values is not None and any(value not in (None, UNLABELLED) for value in values):
            tags[row], faults = _row_tags(values, names, seen)
            problems += [RowFault(kind, table.where(row, i), got) for i, kind, got in faults]
    return tags, problems


def split_tag(tag: str) -> tuple[str, str]:
    """Prefix and type: "B-cell_type" is ("B", "cell_type"), "O" is ("O", "")."""
    prefix, _, kind = tag.partition("-")
    return prefix, kind


def scheme_of(rows: Iterable[Sequence[str]]) -> str | None:
    """The scheme that every row is valid in: "IOB2", "IOB1" or "BIOES"; None when there is none."""
    rows = [row for row in rows if any(tag != OUTSIDE for tag in row)]
    has_ends = any(tag[0] in _OF_BIOES for row in rows for tag in row)
    if has_ends:
        return "BIOES" if all(_is_bioes(row) for row in rows) else None
    if all(not invalid_positions(row) for row in rows):
        return "IOB2"
    return "IOB1" if all(_is_iob1(row) for row in rows) else None


def to_iob2(tags: Sequence[str], scheme: str) -> list[str]:
    """Tags of a scheme found by `scheme_of`, in IOB2.

    >>> to_iob2(["I-PER", "I-PER", "B-PER", "O"], "IOB1")
    ['B-PER', 'I-PER', 'B-PER', 'O']
    >>> to_iob2(["S-PER", "B-ORG", "E-ORG"], "BIOES")
    ['B-PER', 'B-ORG', 'I-ORG']
    """
    if scheme == "IOB2":
        return list(tags)
    if scheme == "BIOES":
        begin = {"S": "B", "U": "B", "E": "I", "L": "I", "M": "I"}
        return [begin.get(tag[0], tag[0]) + tag[1:] for tag in tags]
    starts = set(invalid_positions(tags))
    return ["B" + tag[1:] if i in starts else tag for i, tag in enumerate(tags)]


def invalid_positions(tags: Sequence[str]) -> list[int]:
    """Positions at which an I- tag goes on with nothing of its type."""
    return [
        i
        for i, tag in enumerate(tags)
        if tag[0] == "I" and (i == 0 or tags[i - 1][0] not in "BI" or tags[i - 1][1:] != tag[1:])
    ]


def scheme_faults(table: Table, rows: Sequence[Tags]) -> list[str]:
    """Every place where the tags are not IOB2."""
    problems: list[str] = []
    for row, tags in enumerate(rows):
        ends = [(i, tag) for i, tag in enumerate(tags or []) if tag[0] in _OF_BIOES]
        problems += [RowFault(_NOT_BIOES, table.where(row, i), repr(tag)) for i, tag in ends]
        problems += [
            RowFault(_NOT_IOB2, table.where(row, i), _step(tags or [], i)) for i in invalid_positions(tags or [])
        ]
    return problems


def tag_order(rows: Iterable[Tags], declared: Sequence[str] | None) -> list[str]:
    """IOB2 tags in id order: as declared (types alone are spelt out); else O, then B- and I- of each type, sorted."""
    if declared and any(_FORM.match(name) for name in declared):
        named = [name if name == OUTSIDE else f"{'I' if name[0] in 'IELM' else 'B'}{name[1:]}" for name in declared]
        return list(dict.fromkeys(named))
    kinds = declared or sorted({split_tag(tag)[1] for tags in rows for tag in tags or [] if tag != OUTSIDE})
    return [OUTSIDE, *(f"{prefix}-{kind}" for kind in kinds for prefix in "BI")]


def declared_faults(declared: Sequence[str] | None) -> list[str]:
    """What is wrong with declared tags: neither tags with an O among them nor plain entity types."""
    are_tags = [bool(_FORM.match(name)) for name in declared or []]
    if any(are_tags) and not (all(are_tags) and OUTSIDE in (declared or [])):
        return [
            f"the declared labels must be O and B- or I- tags, or entity types alone. Got {', '.join(declared or [])}."
        ]
    return []


def unknown_tags(
    tables: Mapping[str, Table], labels: Mapping[str, Sequence[Tags]], known: Sequence[str], *, is_declared: bool
) -> list[str]:
    """One sentence for each tag that is not known, with its places, the nearest and what to do."""
    names = set(known)
    places: dict[str, list[str]] = {}
    for split, rows in labels.items():
        for row, tags in enumerate(rows):
            for i, tag in enumerate(tags or []):
                if tag not in names:
                    places.setdefault(tag, []).append(tables[split].where(row, i))
    return unknown_names(places, known, is_declared=is_declared)


def settle_tags(
    tables: Mapping[str, Table], labels: Mapping[str, list[Any]], declared: Sequence[str] | None, alike: str
) -> NamedLabels:
    """Tags of all splits in IOB2, their names in id order, and every tag that fits no scheme or name.

    Args:
        alike: "merge" makes types that differ only in case, blanks or Unicode form one; else they are a fault.
    """
    problems = [*declared_faults(declared), *bare_numbers(tables, labels)]
    if problems:
        return NamedLabels([], dict(labels), problems=problems)
    labels, told, problems = settle_bare_types(tables, labels)
    if problems:
        return NamedLabels([], labels, problems=problems)
    labels, notes, problems = settle_alike_tags(tables, labels, declared or (), alike)
    scheme = scheme_of(row for rows in labels.values() for row in rows if row is not None)
    if scheme is None:
        problems += [fault for split in labels for fault in scheme_faults(tables[split], labels[split])]
        return NamedLabels([], labels, problems=problems)
    tags = {split: [None if row is None else to_iob2(row, scheme) for row in rows] for split, rows in labels.items()}
    names = tag_order(tags.get("train") or [row for rows in tags.values() for row in rows], declared)
    problems += unknown_tags(tables, tags, names, is_declared=bool(declared))
    origin = "" if scheme == "IOB2" else f"; tags converted from {scheme} to IOB2"
    return NamedLabels(names, tags, origin, problems, [*told, *notes])


def bare_numbers(
    tables: Mapping[str, Table], labels: Mapping[str, list[Any]], example: str = "O, B-PER, I-PER"
) -> list[str]:
    """One sentence on all tags that are numbers without a name; `example` is how names may look."""
    rows = [[int(tag) for tag in tags or [] if is_id(tag)] for several in labels.values() for tags in several]
    numbers = {number for row in rows for number in row}
    if not numbers:
        return []
    files = " and ".join(dict.fromkeys(table.file for table in tables.values()))
    return [
        f"{files}: {sum(map(len, rows)):,} tags in {sum(map(bool, rows)):,} sentences are bare numbers from "
        f"{min(numbers)} to {max(numbers)}, and nothing says which tag each stands for. Name the tags of 0 to "
        f"{max(numbers)} in the order of their ids: `tunecard init DATA --labels {example.replace(', ', ',')},...`, or "
        f"in a recipe `data.labels: [{example}, ...]`."
    ]


def _shape_fault(words: Any, values: Any) -> tuple[str, str] | None:
    if values is None:
        return None
    if not isinstance(values, list):
        return f"the tags must be a list. Got {GOT}.", shown(values)
    if isinstance(words, list) and len(words) != len(values):
        return f"must have as many tags as tokens. Got {GOT}.", f"{len(words)} tokens and {len(values)} tags"
    return None


def _row_tags(
    values: list[Any], names: Sequence[str] | None, seen: dict[Any, str]
) -> tuple[Tags, list[tuple[int, str, str]]]:
    """Names of one row's tags, and (position, kind, what came) of each that has none; `seen` is added to."""
    tags, faults = [], []
    for i, value in enumerate(values):
        tag = seen.get(value) if isinstance(value, str | int) else None
        if tag is None:
            tag, kind = _tag_of(value, names)
            if kind:
                faults.append((i, kind, shown(value)))
            elif isinstance(value, str | int):
                seen[value] = tag
        tags.append(tag)
    return (None if faults else tags), faults


def _tag_of(value: Any, names: Sequence[str] | None) -> tuple[str, str | None]:
    """The tag of a raw value, or the kind of its fault."""
    if _is_nested(value):
        return "", _NESTED
    if not isinstance(value, str) or is_id(value):
        name, fault = name_of(value, names)
        if name is None:
            return "", fault or f"a tag must be text. Got {GOT}: a row is labelled in every word or in none."
        value = name
    return value, None


def _is_nested(value: Any) -> bool:
    """Whether a word has several tags: a list of them, or "B-cell|B-protein"."""
    parts = _SEVERAL.split(value) if isinstance(value, str) else []
    return isinstance(value, list) or (len(parts) > 1 and all(_FORM.match(part.strip()) for part in parts))


def _step(tags: Sequence[str], i: int) -> str:
    return f"{tags[i]!r} {f'after {tags[i - 1]!r}' if i else 'at the beginning'}"


def _is_iob1(tags: Sequence[str]) -> bool:
    kinds = ["", *(split_tag(tag)[1] for tag in tags)]
    return all(kinds[i] == kinds[i + 1] for i, tag in enumerate(tags) if tag[0] == "B")


def _is_bioes(tags: Sequence[str]) -> bool:
    open_kind = None  # the type of an entity that has begun and not ended
    for tag in tags:
        prefix, kind = split_tag(tag)
        prefix = _BIOES.get(prefix, prefix)
        goes_on = prefix in ("I", "E")
        if goes_on != (open_kind is not None) or (goes_on and kind != open_kind):
            return False
        open_kind = kind if prefix in ("B", "I") else None
    return open_kind is None
