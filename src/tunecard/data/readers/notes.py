"""What a reader found in a file and did about it, for a person to know: each kind said once, however many files.

A note is a phrase that follows the name of its file, such as "read with ';' between columns". One that counts, such as
"comment lines skipped", is given with its count, and the counts of several files are added up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

Notes: TypeAlias = dict[str, int]  # phrase to count; 0 where nothing is counted
SHOWN_FILES = 3


def told(noted: Iterable[tuple[str, Mapping[str, int]]]) -> tuple[str, ...]:
    """The notes of several files, by the file's name, as sentences.

    >>> told([("a.csv", {"UTF-16 by its mark": 0}), ("b.csv", {"UTF-16 by its mark": 0, "comment lines skipped": 3})])
    ('a.csv, b.csv: UTF-16 by its mark', 'b.csv: comment lines skipped: 3')
    """
    files: dict[str, list[str]] = {}
    counts: dict[str, int] = {}
    for file, notes in noted:
        for phrase, count in notes.items():
            files.setdefault(phrase, []).append(file)
            counts[phrase] = counts.get(phrase, 0) + count
    return tuple(
        f"{_listed(list(dict.fromkeys(names)))}: {phrase}{f': {counts[phrase]:,}' if counts[phrase] else ''}"
        for phrase, names in files.items()
    )


def _listed(names: list[str]) -> str:
    rest = len(names) - SHOWN_FILES
    return ", ".join(names[:SHOWN_FILES]) + (f" and {rest:,} more" if rest > 0 else "")
