"""Which scripts a text is written in: evidence about its language that needs no model."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import cache

# First words of Unicode character names that are not the name of a script, and what they are.
_RENAMED = {
    "CJK": "Han",
    "KANGXI": "Han",
    "KATAKANA-HIRAGANA": "Katakana",
    "CANADIAN": "Canadian Aboriginal",
    "OL": "Ol Chiki",
}
OTHER = "Other"


def script_shares(texts: Iterable[str]) -> dict[str, float]:
    """Share of each script among the letters of some texts, most frequent first; empty without letters.

    A letter's script is read from its Unicode name after NFKC, so that full-width and mathematical letters count as
    what they stand for.

    >>> script_shares(["abc \\u03b1 1!"])
    {'Latin': 0.75, 'Greek': 0.25}
    """
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(text)
    scripts: Counter[str] = Counter()
    for char, count in counts.items():
        if script := _script(char):
            scripts[script] += count
    total = sum(scripts.values())
    ordered = sorted(scripts.items(), key=lambda pair: (-pair[1], pair[0]))
    return {script: count / total for script, count in ordered}


@cache
def _script(char: str) -> str | None:
    char = unicodedata.normalize("NFKC", char)[:1]
    if not char or not unicodedata.category(char).startswith("L"):
        return None
    first = unicodedata.name(char, "").split(" ")[0]
    if first in _RENAMED:
        return _RENAMED[first]
    return first.capitalize() if first.isalpha() and first not in ("MODIFIER", "SCRIPT", "BLACK") else OTHER
