"""Entities that training never named: what is left when remembering does not help."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tunecard.errors import DataError, RunFolderError
from tunecard.evaluation.report import Place, report
from tunecard.evaluation.scored import Scored
from tunecard.evidence import Finding
from tunecard.metrics.entities import chosen_counts, strict_spans
from tunecard.metrics.entity_measures import RECALL
from tunecard.metrics.intervals import resample_totals
from tunecard.tasks.scoring import TOKEN_TASK, Scoring


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


def judge_unseen(scoring: Scoring, adapter: Scored) -> list[Finding]:
    """`results.<split>.unseen.recall`; nothing where the file does not say what is unseen.

    Raises: RunFolderError: not one flag a word.
    """
    rows = adapter.predictions
    if scoring.kind != TOKEN_TASK or rows.unseen is None:
        return []
    try:
        counts = chosen_counts(rows.labels, rows.predictions, rows.unseen)
    except DataError as error:
        raise RunFolderError(f"unseen must hold one flag a word: {error}", place=adapter.source.file) from error
    place = Place(
        f"results.{adapter.split}.unseen",
        adapter.split,
        adapter.source,
        slice="entities never seen in training",
        about="entities never seen in training",
    )
    return [report(RECALL, place, counts.totals(), resample_totals(counts))]
