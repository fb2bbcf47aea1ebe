"""A column in a few words: what it holds, how much, and how its values are spread."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tunecard.data.column_profile import ColumnProfile, Kind

SHOWN_VALUES = 4
SHOWN_CHARACTERS = 16
MOST_LISTED = 8


def column_words(profile: ColumnProfile) -> str:
    """What a column holds, in at most a line.

    >>> column_words(ColumnProfile("y", "names", 3, 0, {"con": 2, "pro": 1}, 2))
    '2 names: con 2, pro 1'
    >>> column_words(ColumnProfile("body", "texts", 9, 1, words=7.2, longest=31))
    'texts of 7 words, the longest of 31; 1 row without'
    """
    missing = f"; {rows(profile.missing)} without" if profile.missing and profile.kind != "empty" else ""
    return _held(profile) + missing


def _held(profile: ColumnProfile) -> str:
    if profile.is_counting:
        return "a different number in each row" if profile.kind == "whole numbers" else "a different name in each row"
    return _HELD[profile.kind](profile)


def _texts(profile: ColumnProfile) -> str:
    return f"texts of {round(profile.words)} words, the longest of {profile.longest:,}"


def _words(profile: ColumnProfile) -> str:
    return f"lists of {round(profile.words)} words, the longest of {profile.longest:,}"


def _numbers(profile: ColumnProfile) -> str:
    what = "decimals" if profile.kind == "numbers" else "whole numbers"
    return f"{profile.distinct:,} different {what}, {profile.least:g} to {profile.most:g}"


def _whole(profile: ColumnProfile) -> str:
    is_few = profile.distinct <= MOST_LISTED
    return f"{profile.distinct:,} numbers: {top(profile.counts)}" if is_few else _numbers(profile)


_HELD: Mapping[Kind, Callable[[ColumnProfile], str]] = {
    "texts": _texts,
    "names": lambda profile: f"{profile.distinct:,} names: {top(profile.counts)}",
    "whole numbers": _whole,
    "numbers": _numbers,
    "words lists": _words,
    "tag lists": lambda profile: f"lists of tags, {profile.distinct} different",
    "number lists": lambda profile: f"lists of the whole numbers {profile.least:g} to {profile.most:g}",
    "span lists": lambda profile: f"lists of {round(profile.words)} marked passages",
    "lists": lambda profile: f"lists of {round(profile.words)} things",
    "empty": lambda profile: "nothing",
}


def top(counts: dict[str, int], most: int = SHOWN_VALUES, characters: int = SHOWN_CHARACTERS) -> str:
    """The most frequent values with their counts, and how many are left.

    >>> top({"a": 9, "b": 4, "c": 1}, 2)
    'a 9, b 4 and 1 more'
    """
    shown = [f"{_short(value, characters)} {count:,}" for value, count in list(counts.items())[:most]]
    left = len(counts) - len(shown)
    return ", ".join(shown) + (f" and {left:,} more" if left else "")


def rows(count: int) -> str:
    """A number of rows in words."""
    return f"{count:,} row{'' if count == 1 else 's'}"


def _short(value: str, characters: int) -> str:
    plain = value if value == value.strip() and value and value.isprintable() else repr(value)
    return plain if len(plain) <= characters else plain[: characters - 1] + "…"
