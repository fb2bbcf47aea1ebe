"""Scores of short answers by SQuAD's rules: exact match and F1 over words, the better of several gold answers."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence

import numpy as np

from tunecard.errors import DataError
from tunecard.metrics.counts import Floats, RowCounts, ratio

# Columns of `answer_counts`: of all rows, and of those that have an answer; the others are the difference.
ROWS, EXACT, OVERLAP, ANSWERED, EXACT_ANSWERED, OVERLAP_ANSWERED = range(6)
_ARTICLES = re.compile(r"\b(a|an|the)\b", re.UNICODE)
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalised_answer(text: str) -> str:
    """An answer as SQuAD compares it: lower case, without ASCII punctuation, then without articles, single spaces.

    Source: Rajpurkar et al. 2016, arXiv:1606.05250, section 6.1, in the order of the official script.

    >>> normalised_answer("The  U.S. Army's \\u2014 a unit")
    'us armys \\u2014 unit'
    """
    plain = text.lower().translate(_NO_PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", plain).split())


def exact_match(gold: str, said: str) -> float:
    """1.0 where both are the same as SQuAD compares them, else 0.0.

    >>> exact_match("the Amazon.", "amazon")
    1.0
    """
    return float(normalised_answer(gold) == normalised_answer(said))


def word_f1(gold: str, said: str) -> float:
    """F1 over the words of both, as often as they stand there; where one side has none, 1.0 if neither has, else 0.0.

    >>> round(word_f1("the Amazon rain forest", "rain forest of Brazil"), 3)
    0.571
    """
    words, other = normalised_answer(gold).split(), normalised_answer(said).split()
    if not words or not other:
        return float(words == other)
    shared = sum((Counter(words) & Counter(other)).values())
    return 2 * shared / (len(words) + len(other))


def answer_counts(gold: Sequence[Sequence[str]], said: Sequence[str]) -> RowCounts:
    """Sums a row, (N, 6), of gold answers and the one that was given.

    Of several gold answers the best counts, for either score alone. A row without gold answers asks for "". A gold
    answer of nothing but articles and punctuation counts as none, as the official script of version 2 has it.

    Raises: DataError: numbers of rows differ, or something is no text.
    """
    if len(gold) != len(said):
        raise DataError(f"gold and given answers have as many rows. Got {len(gold)} and {len(said)}.")
    if not all(isinstance(text, str) for texts in (*gold, said) for text in texts):
        raise DataError("gold answers must be lists of texts, and answers texts.")
    return RowCounts.from_rows(np.array([_row(*pair) for pair in zip(gold, said, strict=True)]).reshape(-1, 6))


def _row(gold: Sequence[str], said: str) -> list[float]:
    worded = [text for text in gold if normalised_answer(text)]
    exact = max(exact_match(text, said) for text in worded or [""])
    overlap = max(word_f1(text, said) for text in worded or [""])
    has = float(bool(worded))
    return [1.0, exact, overlap, has, has * exact, has * overlap]


def share_exact(totals: Floats) -> Floats:
    """Mean exact match; (..., 6) sums to (...,). NaN without rows."""
    return ratio(totals[..., EXACT], totals[..., ROWS])


def mean_f1(totals: Floats) -> Floats:
    """Mean over rows of the F1 of their words; (..., 6) sums to (...,). NaN without rows."""
    return ratio(totals[..., OVERLAP], totals[..., ROWS])


def only_answered(counts: Floats) -> Floats:
    """Of (..., 6) counts those of rows that have an answer."""
    kept = counts[..., [ANSWERED, EXACT_ANSWERED, OVERLAP_ANSWERED]]
    return np.concatenate([kept, kept], axis=-1)


def only_unanswered(counts: Floats) -> Floats:
    """Of (..., 6) counts those of rows that have none."""
    left = counts[..., :ANSWERED] - counts[..., ANSWERED:]
    return np.concatenate([left, np.zeros_like(left)], axis=-1)
