"""English contractions written out, and what can be contracted contracted: don't and do not."""

from __future__ import annotations

import re

from tunecard.examination.changes.draw import Draw
from tunecard.examination.changes.of_texts import TextChange

_VERBS = (
    *("do", "does", "did", "is", "are", "was", "were", "have", "has", "had"),
    *("would", "could", "should", "must", "need"),
)
_LONG_AND_SHORT = (
    *((f"{verb} not", f"{verb}n't") for verb in _VERBS),
    *(("will not", "won't"), ("cannot", "can't"), ("i am", "i'm")),
    *((f"{who} are", f"{who}'re") for who in ("you", "we", "they")),
    *((f"{who} have", f"{who}'ve") for who in ("i", "you", "we", "they")),
    *((f"{who} will", f"{who}'ll") for who in ("i", "you", "he", "she", "it", "we", "they")),
)
# What is short may stand for "has" as well, so that it is never written out; nor is anything contracted at an end.
_SHORTENED = tuple((f"{who} is", f"{who}'s") for who in ("it", "he", "she", "that", "there", "what", "who", "here"))
_OTHER = {a: b for long, short in _LONG_AND_SHORT for a, b in ((long, short), (short, long))} | dict(_SHORTENED)
_FOUND = re.compile(
    r"\b(" + "|".join(sorted(map(re.escape, _OTHER), key=len, reverse=True)) + r")\b(?=(\s+\w)?)", re.IGNORECASE
)


def toggle(text: str, strength: float, draw: Draw) -> str:
    """Each form as the other one."""
    return _FOUND.sub(_written, text.replace("\u2019", "'")) if _FOUND.search(text.replace("\u2019", "'")) else text


def _written(found: re.Match[str]) -> str:
    old = found[1]
    new = _OTHER[old.lower()]
    if "'" in new and not found[2] and not new.endswith("n't"):
        return old  # "so it is." has no short form
    if old.isupper() and len(old) > len("I'm"):
        return new.upper()
    return old[0] + new[1:]


CONTRACTIONS = TextChange("contractions", (1.0,), toggle)
