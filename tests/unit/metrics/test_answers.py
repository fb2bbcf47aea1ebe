"""Scores of short answers by SQuAD's rules: hand-worked, and held to a reference that was written from the rules apart."""

from __future__ import annotations

import re
import string

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunecard.errors import DataError
from tunecard.metrics.answer_measures import ANSWER_F1, ANSWER_MEASURES, EXACT_MATCH
from tunecard.metrics.answers import (
    answer_counts,
    exact_match,
    normalised_answer,
    only_answered,
    only_unanswered,
    word_f1,
)
from tunecard.metrics.counts import RowCounts
from tunecard.metrics.measure import Rows, Sample, sample_of


def reference_words(text: str) -> list[str]:
    """Word by word: lowered, ASCII punctuation dropped; then articles between word borders make way to a blank."""
    kept = "".join(letter for letter in text.lower() if letter not in string.punctuation)
    pieces = re.split(r"(\W+)", kept)
    return "".join(" " if piece in ("a", "an", "the") else piece for piece in pieces).split()


def reference_f1(gold: str, said: str) -> float:
    words, other = reference_words(gold), reference_words(said)
    if not words or not other:
        return 1.0 if words == other else 0.0
    left, shared = list(other), 0
    for word in words:
        if word in left:
            left.remove(word)
            shared += 1
    if shared == 0:
        return 0.0
    precision, recall = shared / len(other), shared / len(words)
    return 2 * precision * recall / (precision + recall)


def reference_scores(golds: list[list[str]], said: list[str]) -> tuple[float, float]:
    exact, overlap = [], []
    for several, answer in zip(golds, said, strict=True):
        worded = [text for text in several if reference_words(text)] or [""]
        exact.append(max(float(reference_words(text) == reference_words(answer)) for text in worded))
        overlap.append(max(reference_f1(text, answer) for text in worded))
    return float(np.mean(exact)), float(np.mean(overlap))


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("The  Normans.", "normans"),
        ("U.S. Army's", "us armys"),
        ("an a the", ""),
        ("theatre an hour", "theatre hour"),
        ("10th\tand 11th\ncenturies", "10th and 11th centuries"),
        (
            "\u201cThe\u201d end\u2014the",
            "\u201c \u201d end\u2014",
        ),  # quotes and dashes of Unicode stay, as in the script
        ("caf\u00c9", "caf\u00e9"),
        ("a-team", "ateam"),  # punctuation goes first, so that the article is none any more
    ],
)
def test_answers_are_compared_as_squad_does(text, plain):
    assert normalised_answer(text) == plain


@pytest.mark.parametrize(
    ("gold", "said", "exact", "overlap"),
    [
        ("the Amazon", "Amazon!", 1, 1.0),
        ("Amazon rain forest", "rain forest", 0, 0.8),
        ("to be or not to be", "to be", 0, 0.5),  # each word as often as it stands there
        ("Oslo", "", 0, 0.0),
        ("", "", 1, 1.0),
        ("", "Oslo", 0, 0.0),
        ("Oslo", "the", 0, 0.0),
    ],
)
def test_words_are_shared_as_often_as_both_have_them(gold, said, exact, overlap):
    assert exact_match(gold, said) == exact
    assert word_f1(gold, said) == pytest.approx(overlap)


def test_of_several_gold_answers_the_best_counts_for_each_score_alone():
    totals = answer_counts([["in the year 1066", "1066"], []], ["year 1066", ""]).totals()
    assert totals.tolist() == [2.0, 1.0, pytest.approx(1 + 0.8), 1.0, 0.0, pytest.approx(0.8)]


def test_gold_answers_of_articles_alone_are_none():
    assert answer_counts([["the"], ["the", "Oslo"]], ["", "the"]).totals().tolist() == [2.0, 1.0, 1.0, 1.0, 0.0, 0.0]


def test_questions_with_and_without_an_answer_are_told_apart():
    counts = answer_counts([["Oslo"], [], [], ["Rome"]], ["Oslo", "", "Oslo", ""])
    with_one = RowCounts(only_answered(counts.values), counts.group)
    without = RowCounts(only_unanswered(counts.values), counts.group)
    for part, n, value in ((counts, 4, 0.5), (with_one, 2, 0.5), (without, 2, 0.5)):
        sample = sample_of(part)
        assert [measure.value(sample) for measure in ANSWER_MEASURES] == [value, value]
        assert EXACT_MATCH.size(sample.totals) == n
    assert only_unanswered(counts.values)[counts.group[2]].tolist()[:3] == [1.0, 0.0, 0.0]


texts = st.lists(
    st.sampled_from(["the", "An", "a", "Oslo", "Oslo,", "12%", "it's", "\u2014", "\u00c5s", "(the)", " ", "\t"]),
    max_size=5,
).map(" ".join)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.lists(texts, max_size=3), texts), min_size=1, max_size=12))
def test_scores_are_those_of_the_reference_in_any_order(rows):
    golds, said = [list(gold) for gold, _ in rows], [answer for _, answer in rows]
    for order in (slice(None), slice(None, None, -1)):
        sample = sample_of(answer_counts(golds[order], said[order]))
        exact, overlap = reference_scores(golds, said)
        assert EXACT_MATCH.value(sample) == pytest.approx(exact)
        assert ANSWER_F1.value(sample) == pytest.approx(overlap)


def test_paired_differences_come_from_the_same_rows():
    gold = [["a b c"], ["Oslo"], ["x y"]] * 20
    ours = answer_counts(gold, ["b c", "Oslo", "x y"] * 20)
    theirs = answer_counts(gold, ["b", "Oslo", "y"] * 20)
    counts = Rows(ours.beside(theirs))
    interval, method = ANSWER_F1.difference(Sample(counts, (0, 6)), Sample(counts, (6, None)))
    gaps = np.array([1.0 - 2 / 3, 0.0, 1 - 2 / 3] * 20)
    half = 1.96 * gaps.std(ddof=1) / np.sqrt(60)
    assert interval is not None
    assert interval == pytest.approx((gaps.mean() - half, gaps.mean() + half), abs=0.01), method


def test_without_rows_nothing_is_scored():
    sample = sample_of(answer_counts([], []))
    assert [measure.value(sample) for measure in ANSWER_MEASURES] == [None, None]


@pytest.mark.parametrize(("gold", "said"), [([["a"]], []), ([["a"]], [None]), ([[1]], ["a"])])
def test_what_is_no_answer_is_told(gold, said):
    with pytest.raises(DataError, match="Got|must be"):
        answer_counts(gold, said)
