"""Columns of an input by usual names: a text, a pair of texts, or the one column that is no answer."""

from __future__ import annotations

from collections.abc import Sequence

from tunecard.tasks.columns import PAIRS, USUAL

ID = "id"
# What a labelled file holds beside its texts: never a text itself.
ANSWERS = {ID, "idx", *USUAL["label"], *USUAL["tags"], *USUAL["spans"]}


def usual_in(role: str, names: Sequence[str]) -> list[str]:
    """The columns with a usual name for a role."""
    return [name for name in names if name.lower() in USUAL[role]]


def usual_texts(names: Sequence[str], is_pair: bool | None) -> list[dict[str, str]]:
    """Each way to read a text or a pair of texts; where no name is usual, the one column that is no answer."""
    found = _named(names, is_pair)
    if not found and not is_pair:
        rest = [name for name in names if name.lower() not in ANSWERS]
        found = [{"text": rest[0]}] if len(rest) == 1 else []
    return found


def _named(names: Sequence[str], is_pair: bool | None) -> list[dict[str, str]]:
    lower = {name.lower(): name for name in names}
    pairs = [{"text": lower[a], "text_pair": lower[b]} for a, b in PAIRS if a in lower and b in lower]
    if {"text", "text_pair"} <= lower.keys():
        pairs.append({"text": lower["text"], "text_pair": lower["text_pair"]})
    if is_pair:
        return pairs
    paired = {name for pair in pairs for name in pair.values()} if is_pair is None else set()
    singles = [{"text": name} for name in usual_in("text", names) if name not in paired]
    return singles if is_pair is False else [*pairs, *singles]
