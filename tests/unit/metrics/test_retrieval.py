"""Scores of ranks, held to sorting by hand and to scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import label_ranking_average_precision_score, top_k_accuracy_score

from tunecard.errors import DataError
from tunecard.metrics.measure import sample_of
from tunecard.metrics.retrieval import CANDIDATES, partner_ranks, rank_counts
from tunecard.metrics.retrieval_measures import MRR, RANK_MEASURES, RECALL_AT_1, RECALL_AT_5, RECALL_AT_10

RANKS = st.lists(st.integers(1, 30), min_size=1, max_size=20)


def value(measure, ranks):
    return measure.value(sample_of(rank_counts([0] * len(ranks), ranks)))


@settings(max_examples=40, deadline=None)
@given(RANKS)
def test_scores_are_means_over_the_ranks(ranks):
    for measure, depth in ((RECALL_AT_1, 1), (RECALL_AT_5, 5), (RECALL_AT_10, 10)):
        assert value(measure, ranks) == pytest.approx(np.mean([rank <= depth for rank in ranks]))
    assert value(MRR, ranks) == pytest.approx(np.mean([1 / rank for rank in ranks]))


@settings(max_examples=20, deadline=None)
@given(RANKS, st.randoms())
def test_the_order_of_rows_has_no_say(ranks, dice):
    moved = dice.sample(ranks, len(ranks))
    for measure in RANK_MEASURES:
        found = [measure.interval(sample_of(rank_counts([0] * len(ranks), some))) for some in (ranks, moved)]
        assert found[0] == found[1]


def test_rows_of_one_partner_share_one_candidate():
    assert rank_counts([7, 8, 7, 7], [1, 2, 3, 1]).totals()[CANDIDATES] == pytest.approx(2)


def test_no_rows_have_no_score():
    assert all(measure.value(sample_of(rank_counts([], []))) is None for measure in RANK_MEASURES)


def test_intervals_hold_the_value():
    ranks = np.random.default_rng(0).geometric(0.3, 200).tolist()
    sample = sample_of(rank_counts([0] * 200, ranks))
    for measure in RANK_MEASURES:
        (low, high), _ = measure.interval(sample)
        assert low < measure.value(sample) < high


@pytest.mark.parametrize("ranks", [[1], [1, 0], [1, 2.0], [1, True], [1, None]])
def test_what_is_no_rank_is_refused(ranks):
    with pytest.raises(DataError):
        rank_counts([0, 0], ranks)


def test_scores_of_likeness_are_those_of_scikit_learn():
    dice = np.random.default_rng(3)
    likeness = dice.standard_normal((40, 40)) + 1.5 * np.eye(40)
    ranks = partner_ranks(likeness, np.arange(40))
    assert value(MRR, ranks) == pytest.approx(label_ranking_average_precision_score(np.eye(40), likeness))
    for measure, depth in ((RECALL_AT_1, 1), (RECALL_AT_5, 5), (RECALL_AT_10, 10)):
        assert value(measure, ranks) == pytest.approx(top_k_accuracy_score(np.arange(40), likeness, k=depth))
    assert max(ranks) > 10


def test_equally_like_candidates_stand_before_the_partner():
    likeness = np.array([[0.5, 0.5, 0.1], [0.9, 0.2, 0.2 + 1e-8]])
    assert partner_ranks(likeness, np.array([0, 1])) == [2, 3]


def test_candidates_that_are_passed_over_stand_in_nobodys_way():
    likeness = np.array([[0.9, 0.8, 0.7], [0.1, 0.2, 0.3]])
    assert partner_ranks(likeness, np.array([2, 0]), [[0], []]) == [2, 3]
    assert partner_ranks(likeness, np.array([2, 0]), [[0, 1, 2], [1, 2]]) == [1, 1]
