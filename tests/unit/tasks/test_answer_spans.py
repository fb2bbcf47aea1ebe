"""From logits to answers: every span of each window, one candidate for one place, and no answer where that may be."""

from __future__ import annotations

import numpy as np
import pytest

from tunecard.tasks.answer_baselines import first_sentence, nearest_words
from tunecard.tasks.answer_spans import CANDIDATES, LONGEST, best_answers, choose_threshold, null_score, trimmed

OUTSIDE = (-1, -1)


def window(words: int, first: int = 0) -> list[tuple[int, int]]:
    """A first token, a question of one token, a context of words of two letters, an end."""
    return [OUTSIDE, OUTSIDE, *((3 * at, 3 * at + 2) for at in range(first, first + words)), OUTSIDE]


def reference(logits: np.ndarray, spans: np.ndarray, windows: list[int]) -> dict[tuple[int, int], float]:
    """Every span that may be an answer with its best score, pair by pair."""
    found: dict[tuple[int, int], float] = {}
    begin = 0
    for length in windows:
        own = range(begin, begin + length)
        for start in own:
            for end in own:
                inside = spans[start, 0] >= 0 and spans[end, 0] >= 0
                if inside and start <= end < start + LONGEST:
                    key = (int(spans[start, 0]), int(spans[end, 1]))
                    score = float(logits[start, 0]) + float(logits[end, 1])
                    found[key] = max(score, found.get(key, -np.inf))
        begin += length
    return found


@pytest.mark.parametrize(("words", "others"), [(3, 0), (40, 0), (40, 40), (1, 1)])
@pytest.mark.parametrize("threshold", [None, 0.0, 1.5])
def test_the_best_are_those_of_looking_at_every_pair(words, others, threshold):
    dice = np.random.default_rng(words + others)
    windows = [words + 3, *([others + 3] if others else [])]
    spans = np.array(window(words) + (window(others, first=words // 2) if others else []))
    logits = dice.normal(0, 3, (sum(windows), 2)).astype(np.float32)
    found = best_answers(logits, spans, windows, threshold)
    wanted = sorted(reference(logits, spans, windows).values(), reverse=True)[:CANDIDATES]
    spoken = [answer for answer in found if not answer.is_none]
    assert [answer.score for answer in spoken] == pytest.approx(wanted[: len(spoken)])
    assert len(spoken) >= min(len(wanted), CANDIDATES - 1)
    assert len({(answer.start, answer.end) for answer in found}) == len(found) <= CANDIDATES
    assert sum(answer.probability for answer in found) == pytest.approx(1.0)
    assert [answer.score for answer in found[:-1]] == sorted((a.score for a in found[:-1]), reverse=True)
    assert any(answer.is_none for answer in found) == (threshold is not None)


def test_no_answer_wins_where_it_is_better_by_more_than_the_threshold():
    spans = np.array(window(2))
    logits = np.zeros((5, 2))
    logits[2], logits[0] = (1.0, 1.0), (1.5, 1.5)  # a span of 2, no answer of 3
    assert best_answers(logits, spans, [5], 0.5)[0].is_none
    assert (best_answers(logits, spans, [5], 1.5)[0].start, best_answers(logits, spans, [5], 1.5)[0].end) == (0, 2)
    assert not best_answers(logits, spans, [5], 1.0)[0].is_none  # level: the span
    assert not any(answer.is_none for answer in best_answers(logits, spans, [5]))


def test_all_windows_must_agree_that_there_is_no_answer():
    spans = np.array(window(2) + window(2, first=1))
    logits = np.zeros((10, 2))
    logits[0], logits[5] = (9.0, 9.0), (-9.0, -9.0)
    assert null_score(logits, [5, 5]) == -18.0
    assert not best_answers(logits, spans, [5, 5], 0.0)[0].is_none


def test_a_place_in_two_windows_is_one_candidate_with_the_better_score():
    spans = np.array(window(2) + window(2, first=1))
    logits = np.zeros((10, 2))
    logits[3], logits[7] = (
        (2.0, 2.0),
        (3.0, 3.0),
    )  # the same word, at the end of one window and at the start of the next
    best = best_answers(logits, spans, [5, 5])
    assert (best[0].start, best[0].end, best[0].score) == (3, 5, 6.0)
    assert [(answer.start, answer.end) for answer in best].count((3, 5)) == 1


def test_an_answer_of_more_tokens_is_never_given():
    spans = np.array(window(50))
    logits = np.full((53, 2), -5.0)
    logits[2, 0], logits[2 + LONGEST, 1] = 50.0, 50.0  # together one token too many
    best = best_answers(logits, spans, [53])[0]
    assert best.score == pytest.approx(45.0)


@pytest.mark.parametrize("seed", range(6))
def test_the_threshold_is_the_best_of_all_that_part_the_rows(seed):
    dice = np.random.default_rng(seed)
    is_none = dice.random(40) < 0.4
    gaps = np.round(dice.normal(0, 2, 40) + 2 * is_none, 1)  # with equal ones
    scores = np.where(is_none, 0.0, dice.choice([0.0, 0.5, 1.0], 40))

    def mean(threshold: float) -> float:
        return float(np.where(gaps > threshold, is_none, scores).mean())

    best = max(mean(threshold) for threshold in np.linspace(-10, 10, 4001))
    assert mean(choose_threshold(gaps, scores, is_none)) == pytest.approx(best)


def test_without_a_better_threshold_it_is_0():
    assert choose_threshold(np.array([-1.0, 1.0]), np.array([1.0, 0.0]), np.array([False, True])) == 0.0


def test_a_row_without_words_has_no_answer():
    best = best_answers(np.ones((3, 2)), np.array([OUTSIDE] * 3), [3])
    assert [(answer.start, answer.end, answer.probability) for answer in best] == [(0, 0, 1.0)]


def test_blanks_at_the_edges_are_no_part_of_an_answer():
    assert trimmed(" a b ", 0, 5) == (1, 4)
    assert trimmed("ab", 0, 2) == (0, 2)
    assert trimmed("a   b", 1, 4) == (1, 4)  # nothing but blanks stays what it is


@pytest.mark.parametrize(
    ("context", "sentence"),
    [("One. Two.", "One."), ("  Is it? Yes.", "Is it?"), ("3.5 is it", "3.5 is it"), ("a\nb. c", "a\nb.")],
)
def test_the_first_sentence(context, sentence):
    assert first_sentence(context) == sentence


def test_the_nearest_words_stand_beside_those_of_the_question():
    context = " ".join(f"w{at}" for at in range(40)) + " the river Danube flows through Vienna into the sea"
    assert nearest_words("Which river flows into the sea?", context, 1, {}) == "Danube"
    assert nearest_words("Which river flows into the sea?", context, 2, {}) == "through Vienna"
    rare = {"river": 0.0, "flows": 0.0, "into": 9.0, "sea": 0.0}
    assert nearest_words("Which river flows into the sea?", context, 1, rare) == "Vienna"
    assert nearest_words("What?", "one two", 5, {}) == "one two"
    assert nearest_words("one two", "one two", 1, {}) == "one"
