"""Thresholds of labels: the best on the rows that choose, one for all unless several hold better on other rows."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score

from tunecard.metrics.thresholds import EVEN, best_threshold, tune_thresholds


def drawn(rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Calibrated probabilities of three labels, and what came true."""
    dice = np.random.default_rng(seed)
    stated = dice.beta(0.5, 2.0, (rows, 3))
    return stated, dice.random(stated.shape) < stated


@pytest.mark.parametrize("seed", range(5))
def test_no_other_threshold_has_a_better_f1(seed):
    dice = np.random.default_rng(seed)
    stated, gold = dice.integers(0, 12, 60) / 12, dice.random(60) < 0.4
    reached = f1_score(gold, stated >= best_threshold(stated, gold))
    others = [f1_score(gold, stated >= value) for value in np.unique(stated)]
    assert reached == pytest.approx(max(others))


def test_of_equally_good_thresholds_the_one_that_answers_least_is_taken():
    # at 0.8: 1 of 1, F1 2/3; at 0.1: 2 of 4, F1 2/3
    assert best_threshold(np.array([0.8, 0.4, 0.3, 0.1]), np.array([True, False, False, True])) == pytest.approx(0.6)


def test_without_a_positive_row_half_is_kept():
    assert best_threshold(np.array([0.2, 0.9]), np.array([False, False])) == EVEN
    assert tune_thresholds(np.zeros((0, 2)), np.zeros((0, 2), dtype=bool)).values == (EVEN, EVEN)


def test_one_threshold_serves_labels_of_which_few_rows_have_any():
    stated, gold = drawn(600)
    few = tune_thresholds(stated[:40], gold[:40])
    assert few.own == 0
    assert set(few.values) == {best_threshold(stated[:40].reshape(-1), gold[:40].reshape(-1))}


def test_thresholds_of_their_own_must_hold_on_rows_that_did_not_choose_them():
    several = [tune_thresholds(*drawn(120, seed)).own for seed in range(20)]
    assert 0 < sum(own == 0 for own in several) < 20


def test_labels_have_their_own_where_their_probabilities_do_not_mean_the_same():
    stated, gold = drawn(600)
    stated[:, 1] /= 10  # ten times too unsure of one label
    found = tune_thresholds(stated, gold)
    assert found.own == 3
    assert found.values[1] < 0.5 * found.values[0]


def test_a_rare_label_shares_the_threshold_of_all():
    stated, gold = drawn(600)
    stated[:, 1] /= 10
    gold[:, 2] = False
    gold[np.argsort(stated[:, 2])[:19], 2] = True
    found = tune_thresholds(stated, gold)
    assert found.own == 2
    assert found.values[2] == best_threshold(stated.reshape(-1), gold.reshape(-1))


def test_the_order_of_labels_changes_nothing():
    stated, gold = drawn(300, 4)
    assert tune_thresholds(stated[:, ::-1], gold[:, ::-1]).values == tune_thresholds(stated, gold).values[::-1]
