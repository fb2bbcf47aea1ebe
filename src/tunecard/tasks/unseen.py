"""Entities that training never named: what is left when remembering does not help."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tunecard.metrics.entities import strict_spans


def entity_surfaces(tokens: Iterable[Sequence[str]], tags: Iterable[Sequence[str] | None]) -> set[tuple[str, ...]]:
    """The words of every entity, as written, whatever its type; rows without tags name none."""
    found: set[tuple[str, ...]] = set()
    for words, row in zip(tokens, tags, strict=True):
        found.update(tuple(words[begin:end]) for _, begin, end in strict_spans(row or []))
    return found


def mark_unseen(
    seen: set[tuple[str, ...]], tokens: Iterable[Sequence[str]], tags: Iterable[Sequence[str] | None]
) -> list[list[bool]]:
    """Flags for `Predictions.unseen`: (N,) rows of one flag a word, true in gold entities that are not in `seen`.

    >>> mark_unseen({("IL-2",)}, [["IL-2", "binds", "NF", "kappa"]], [["B-DNA", "O", "B-DNA", "I-DNA"]])
    [[False, False, True, True]]
    """
    marks = []
    for words, row in zip(tokens, tags, strict=True):
        flags = [False] * len(words)
        for _, begin, end in strict_spans(row or []):
            if tuple(words[begin:end]) not in seen:
                flags[begin:end] = [True] * (end - begin)
        marks.append(flags)
    return marks
