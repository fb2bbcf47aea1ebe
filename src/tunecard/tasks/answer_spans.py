"""Start and end logits of all windows of a row to the best answers: spans of its context, each with a score.

The rules are those of the usual script: a score is the start logit plus the end logit, an answer has at most 30 tokens
and lies inside the context, the 20 best of all windows are compared, and their softmax is the probability. Other than
there, every such span is looked at, and one that two windows share is one candidate, with the better score.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tunecard.metrics.counts import Floats
from tunecard.rows.encoded import EncodedSplit
from tunecard.tasks.confidence import softmax

LONGEST = 30  # tokens
CANDIDATES = 20
START, END = 0, 1


@dataclass(frozen=True)
class Answer:
    """One candidate.

    Attributes:
        start, end: characters of the context, `context[start:end]`; both 0 for no answer.
        score: start logit plus end logit; of no answer less the threshold.
        probability: among the candidates.
    """

    start: int
    end: int
    score: float
    probability: float = 0.0

    @property
    def is_none(self) -> bool:
        """Whether it says that the context has no answer."""
        return self.start == self.end


class GivesSpans(Protocol):
    """What answers with spans of a text, for whoever shows more than the best of them."""

    def candidates(self, logits: np.ndarray, encoded: EncodedSplit, row: int) -> list[Answer]:
        """The best answers of a row, best first, from the (T, 2) logits of all its windows."""
        ...


def best_answers(
    logits: np.ndarray, spans: np.ndarray, windows: Sequence[int], threshold: float | None = None
) -> list[Answer]:
    """The candidates of one row, the best first; what is first is the answer.

    Args:
        logits: (T, 2) start and end logits of all windows, end to end.
        spans: (T, 2) the characters of each token in the context; (-1, -1) outside of it.
        windows: tokens of each window; they sum to T.
        threshold: no answer wins where its score, the least of all windows' first tokens, is above that of the best
            span by more than this; None where every question is answered.
    Returns: at most CANDIDATES; no answer is always among them, where it may be given; else it is none without spans.
    """
    scores: dict[tuple[int, int], float] = {}
    nothing, begin = np.inf, 0
    for length in windows:
        own = logits[begin : begin + length].astype(np.float64)
        nothing = min(nothing, float(own[0].sum()))
        for span, score in _spans_of(own, spans[begin : begin + length]):
            scores[span] = max(score, scores.get(span, -np.inf))
        begin += length
    ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:CANDIDATES]
    found = [Answer(*span, score) for span, score in ranked]
    if threshold is not None or not found:
        found = _with_none(found, nothing - (threshold or 0.0))
    return _stated(found)


def answer_tokens(
    logits: np.ndarray, spans: np.ndarray, windows: Sequence[int], threshold: float | None = None
) -> tuple[int, int]:
    """The first and the last token of the answer, counted over all windows; of no answer twice the first token of the
    window that says least for it. Arguments as of `best_answers`."""
    best = best_answers(logits, spans, windows, threshold)[0]
    firsts = np.concatenate([[0], np.cumsum(windows)]).astype(np.int64).tolist()
    if best.is_none:
        least = min(firsts[:-1], key=lambda first: float(logits[first].sum()))
        return least, least
    found = [
        (float(logits[begin, START] + logits[end, END]), begin, end)
        for first, behind in pairwise(firsts)
        for begin in (first + np.flatnonzero(_begin_at(spans[first:behind], best.start))).tolist()
        for end in (first + np.flatnonzero(_end_at(spans[first:behind], best.end))).tolist()
    ]
    return max(found)[1:]


def _begin_at(spans: np.ndarray, character: int) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (spans[:, START] == character) & (spans[:, END] > spans[:, START])
    return found


def _end_at(spans: np.ndarray, character: int) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (spans[:, END] == character) & (spans[:, END] > spans[:, START])
    return found


def null_score(logits: np.ndarray, windows: Sequence[int]) -> float:
    """The score of no answer: the least over windows of what their first tokens say, for all must agree."""
    firsts = np.concatenate([[0], np.cumsum(windows)[:-1]]).astype(np.int64)
    return float(logits[firsts].astype(np.float64).sum(axis=1).min())


def choose_threshold(gaps: Floats, scores: Floats, is_none: NDArray[np.bool_]) -> float:
    """The threshold for no answer with the best mean score of these rows, 0 where none is better than it.

    A row whose gap is above the threshold says that there is no answer, and scores 1 where there is none and 0 where
    there is one; any other row scores as its best span does. Between two gaps the threshold is in their middle.

    Args:
        gaps: (N,) the score of no answer less that of the best span.
        scores: (N,) of the best span.
        is_none: (N,) whether there is no answer.

    >>> choose_threshold(np.array([-3.0, -1.0, 2.0]), np.array([1.0, 0.0, 0.0]), np.array([False, True, True]))
    -2.0
    """
    known = np.unique(gaps)
    middles = (known[1:] + known[:-1]) / 2
    tried = np.concatenate([[0.0], [known[0] - 1.0], middles, [known[-1] + 1.0]])
    order = np.argsort(gaps)
    gained = np.concatenate([[0.0], np.cumsum(scores[order])])  # by the spans of so many rows, in order of their gaps
    right = np.concatenate([np.cumsum(is_none[order][::-1])[::-1], [0]])  # by saying none in all others
    spoken = np.searchsorted(gaps[order], tried, side="right")
    return float(tried[int(np.argmax(np.round(gained[spoken] + right[spoken], 9)))])


def _spans_of(logits: Floats, spans: np.ndarray) -> list[tuple[tuple[int, int], float]]:
    """The best spans of one window, in characters, with their scores."""
    inside = np.flatnonzero(spans[:, END] > spans[:, START])
    if len(inside) == 0:
        return []
    # A span of tokens i to i + d: (n, d), -inf beyond the last token. What lies between two tokens is never special.
    count, width = len(inside), min(LONGEST, len(inside))
    ends = np.concatenate([logits[inside, END], np.full(width - 1, -np.inf)])
    table = logits[inside, START][:, None] + np.lib.stride_tricks.sliding_window_view(ends, width)
    flat = table.reshape(-1)
    chosen = np.argpartition(-flat, min(CANDIDATES, len(flat)) - 1)[:CANDIDATES]
    first, more = np.divmod(chosen, width)
    known = first + more < count
    first, last, best = first[known], (first + more)[known], flat[chosen][known]
    places = zip(spans[inside[first], START].tolist(), spans[inside[last], END].tolist(), strict=True)
    return list(zip(places, best.tolist(), strict=True))


def _with_none(found: list[Answer], score: float) -> list[Answer]:
    """No answer in its place among the candidates, the last of which makes room; before spans it must score more."""
    place = sum(answer.score >= score for answer in found)
    kept = [*found[:place], Answer(0, 0, score), *found[place:]][:CANDIDATES]
    return kept if any(answer.is_none for answer in kept) else [*kept[:-1], Answer(0, 0, score)]


def _stated(found: list[Answer]) -> list[Answer]:
    shares = softmax(np.array([answer.score for answer in found]))
    return [
        Answer(answer.start, answer.end, answer.score, share)
        for answer, share in zip(found, shares.tolist(), strict=True)
    ]


def trimmed(context: str, start: int, end: int) -> tuple[int, int]:
    """A span without the blanks at its edges, which some tokenizers count to a word.

    >>> trimmed("in  Oslo .", 2, 8)
    (4, 8)
    """
    said = context[start:end]
    return (start + len(said) - len(said.lstrip()), start + len(said.rstrip())) if said.strip() else (start, end)
