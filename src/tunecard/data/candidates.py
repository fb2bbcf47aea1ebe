"""Which columns could be what, by what they hold: the best first, and none that cannot be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from tunecard.data.column_profile import MOST_NAMES, ColumnProfile
from tunecard.rows.table import Table

WORDS, TAGS = "words lists", ("tag lists", "number lists")
MOST_LENGTHS_COMPARED = 200
_MARKS = ("12", "01", "ab")
_RANK = {"names": 0, "whole numbers": 1, "numbers": 2}


def holds_words(profiles: Sequence[ColumnProfile]) -> bool:
    """Whether rows are lists of words, so that each word may have a tag."""
    return any(profile.kind == WORDS for profile in profiles)


def candidates(role: str, profiles: Sequence[ColumnProfile], taken: Mapping[str, str], table: Table) -> list[str]:
    """Names of the columns that could have a role, the likeliest first.

    Args:
        role: "text", "text_pair", "label", "tokens" or "tags".
        taken: roles that are settled, with their columns.
    """
    free = [profile for profile in profiles if profile.name not in taken.values()]
    if role in ("text", "text_pair"):
        found = [profile for profile in free if profile.kind == "texts"]
        found = found or [profile for profile in free if profile.kind == "names" and _could_be_short_text(profile)]
        return [profile.name for profile in sorted(found, key=lambda profile: -profile.words)]
    if role == "label":
        return [profile.name for profile in sorted(filter(_could_be_label, free), key=_label_rank)]
    if role == "tokens":
        return [profile.name for profile in free if profile.kind == WORDS]
    tags = [profile for profile in free if profile.kind in TAGS and _as_long(table, profile.name, taken.get("tokens"))]
    return [profile.name for profile in sorted(tags, key=lambda profile: TAGS.index(profile.kind))]


def like_pair(profiles: Sequence[ColumnProfile]) -> tuple[str, str] | None:
    """The two columns of texts whose names are the same but for a number or a letter, such as "#1 String" and
    "#2 String", in the order of their names; None where there are none, or more.
    """
    names = sorted(profile.name for profile in profiles if profile.kind == "texts")
    pairs = [(one, other) for one, other in combinations(names, 2) if _differ_in_a_mark(one, other)]
    return pairs[0] if len(pairs) == 1 else None


def _differ_in_a_mark(one: str, other: str) -> bool:
    if len(one) != len(other):
        return False
    differing = [(a, b) for a, b in zip(one, other, strict=True) if a != b]
    return len(differing) == 1 and "".join(differing[0]).lower() in _MARKS


def _could_be_short_text(profile: ColumnProfile) -> bool:
    """Titles and queries of a word or two: most rows have one, and most of them differ."""
    given = profile.rows - profile.missing
    return given > profile.rows / 2 and profile.distinct > given / 2


def _could_be_label(profile: ColumnProfile) -> bool:
    if profile.kind == "numbers":
        return True
    return profile.kind in _RANK and 1 < profile.distinct <= MOST_NAMES and not profile.is_counting


def _label_rank(profile: ColumnProfile) -> tuple[bool, bool, int, int]:
    """Names before numbers, few values before many; what is missing in most rows or differs in most comes last."""
    given = profile.rows - profile.missing
    is_various = profile.kind == "names" and profile.distinct > given / 2
    return profile.missing > profile.rows / 2, is_various, _RANK[profile.kind], profile.distinct


def _as_long(table: Table, name: str, tokens: str | None) -> bool:
    """Whether each list has one entry a word, as far as was looked."""
    if tokens is None or tokens not in table.columns:
        return True
    pairs = zip(table.columns[name][:MOST_LENGTHS_COMPARED], table.columns[tokens], strict=False)
    return all(
        tags is None
        or words is None
        or (isinstance(tags, list) and isinstance(words, list) and len(tags) == len(words))
        for tags, words in pairs
    )
