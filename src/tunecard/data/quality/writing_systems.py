"""Which writing systems a text uses: evidence about its language that needs no model."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import cache

# First words of Unicode character names that are not the name of a writing system, and what they are.
_RENAMED = {
    "CJK": "Han",
    "KANGXI": "Han",
    "KATAKANA-HIRAGANA": "Katakana",
    "CANADIAN": "Canadian Aboriginal",
    "OL": "Ol Chiki",
}
OTHER = "Other"


def writing_system_shares(texts: Iterable[str]) -> dict[str, float]:
    """Share of each writing system among the letters of some texts, most frequent first; empty without letters.

    A letter's system is read from its Unicode name after NFKC, so that full-width and mathematical letters count as
    what they stand for.

    >>> writing_system_shares(["abc \\u03b1 1!"])
    {'Latin': 0.75, 'Greek': 0.25}
    """
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(text)
    systems: Counter[str] = Counter()
    for char, count in counts.items():
        if system := _writing_system(char):
            systems[system] += count
    total = sum(systems.values())
    ordered = sorted(systems.items(), key=lambda pair: (-pair[1], pair[0]))
    return {system: count / total for system, count in ordered}


@cache
def _writing_system(char: str) -> str | None:
    char = unicodedata.normalize("NFKC", char)[:1]
    if not char or not unicodedata.category(char).startswith("L"):
        return None
    first = unicodedata.name(char, "").split(" ")[0]
    if first in _RENAMED:
        return _RENAMED[first]
    return first.capitalize() if first.isalpha() and first not in ("MODIFIER", "SCRIPT", "BLACK") else OTHER
