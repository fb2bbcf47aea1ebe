"""Labels in doubt: planted errors are found, degenerate data is refused with a reason, and nothing depends on luck."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tunecard.training import FrozenFeatures, LabelDoubts, doubt_labels
from tunecard.training.label_doubts import FOLDS, _folds


def clusters(classes: int, each: int, words: int = 1, seed: int = 0) -> FrozenFeatures:
    """Points around a centre a class; `words` decisions a row, all of them of the row's class or the next one."""
    draw = np.random.default_rng(seed)
    centres = draw.normal(size=(classes, 24)) * 3
    labels = (np.arange(classes * each * words) % classes).astype(np.int64)
    values = (centres[labels] + draw.normal(size=(len(labels), 24))).astype(np.float32)
    rows = np.arange(len(labels)) // words
    return FrozenFeatures(values, labels, rows, np.arange(len(labels)) % words + 1)


def with_errors(features: FrozenFeatures, share: float, classes: int) -> tuple[FrozenFeatures, set[int]]:
    """The same with some labels moved to the next class."""
    wrong = np.random.default_rng(1).choice(len(features), round(share * len(features)), replace=False)
    labels = features.labels.copy()
    labels[wrong] = (labels[wrong] + 1) % classes
    return replace(features, labels=labels), set(wrong.tolist())


def judged(features: FrozenFeatures, *, of_tokens: bool = False) -> LabelDoubts:
    doubts = doubt_labels(features, 0, of_tokens=of_tokens)
    assert isinstance(doubts, LabelDoubts)
    return doubts


@pytest.mark.parametrize("words", [1, 6])
def test_planted_errors_are_found_and_named(words: int) -> None:
    original = clusters(5, 60 // words * words, words)
    features, wrong = with_errors(original, 0.05, 5)
    doubts = judged(features, of_tokens=words > 1)
    found = set(doubts.suspects.tolist())
    assert len(found & wrong) >= 0.8 * len(wrong)
    assert len(found - wrong) <= 0.3 * len(wrong)
    assert set(doubts.suspects[: len(wrong) // 2].tolist()) <= wrong  # the most doubtful come first
    right = dict(zip(doubts.suspects.tolist(), doubts.likely.tolist(), strict=True))
    assert all(right[suspect] == original.labels[suspect] for suspect in found & wrong)
    assert doubts.accuracy > 0.85
    assert len(doubts.judged) == len(features)


def test_clean_labels_are_left_alone() -> None:
    assert len(judged(clusters(4, 50)).suspects) <= 2


def test_the_same_seed_gives_the_same_doubts() -> None:
    features, _ = with_errors(clusters(4, 40), 0.1, 4)
    first, second = judged(features), judged(features)
    assert first.suspects.tolist() == second.suspects.tolist()
    assert first.likely.tolist() == second.likely.tolist()


def test_a_label_of_few_rows_is_not_judged() -> None:
    features = clusters(3, 30)
    rare = features.labels.copy()
    rare[:4] = 7
    doubts = judged(replace(features, labels=rare))
    assert set(range(4)).isdisjoint(doubts.judged.tolist())
    assert 7 not in doubts.likely


def test_words_of_one_row_are_held_out_together() -> None:
    features = clusters(3, 40, words=5)
    folds = _folds(features.labels, features.rows, seed=0)
    assert all(len(set(folds[features.rows == row])) == 1 for row in set(features.rows))
    assert np.bincount(folds, minlength=FOLDS).min() > 0.8 * len(folds) / FOLDS


def test_every_class_is_spread_over_all_folds() -> None:
    features = clusters(6, FOLDS)
    folds = _folds(features.labels, features.rows, seed=3)
    assert all(sorted(folds[features.labels == label]) == list(range(FOLDS)) for label in range(6))


@pytest.mark.parametrize(
    "features",
    [clusters(2, 1), clusters(1, 40), replace(clusters(2, 20), rows=np.zeros(40, dtype=np.int64)), clusters(30, 2)],
    ids=["two rows", "one class", "one row of many words", "two rows a class"],
)
def test_what_cannot_be_judged_is_refused_with_the_reason(features: FrozenFeatures) -> None:
    for of_tokens in (False, True):
        assert doubt_labels(features, 0, of_tokens=of_tokens) == (
            "fewer than two labels stand in 5 rows or more, which a cross-validated probe needs"
        )


@pytest.mark.parametrize("constant", [0.0, 1.0])
def test_features_that_say_nothing_do_no_harm(constant: float) -> None:
    features = clusters(3, 20)
    doubts = doubt_labels(replace(features, values=np.full_like(features.values, constant)), 0, of_tokens=False)
    assert isinstance(doubts, LabelDoubts)
    assert doubts.accuracy < 0.7


def test_features_that_are_not_finite_are_refused_with_the_reason() -> None:
    features = clusters(3, 20)
    features.values[7, 3] = np.nan
    assert "Input X contains NaN" in str(doubt_labels(features, 0, of_tokens=False))
