"""Scores of several labels a row, held to scikit-learn on sets of any kind: empty ones, and labels that never occur."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from tunecard.errors import DataError
from tunecard.metrics.label_set_measures import (
    AVERAGE_PRECISION,
    HAMMING_LOSS,
    LABEL_MACRO_F1,
    LABEL_SET_MEASURES,
    MACRO_AP,
    MICRO_F1,
    MICRO_PRECISION,
    MICRO_RECALL,
    SAMPLES_F1,
    SUBSET_ACCURACY,
)
from tunecard.metrics.label_sets import has_labels, label_set_counts, only_label
from tunecard.metrics.measure import Measure, sample_of
from tunecard.metrics.ranking import average_precision, of_no_sums, only_ranked, ranked_rows
from tunecard.metrics.resampling import resample_weights

LABELS = ("a", "b", "c", "d")  # d is rare, and often nowhere
REFERENCES = {
    MICRO_F1: lambda gold, said: sk.f1_score(gold, said, average="micro", zero_division=np.nan),
    LABEL_MACRO_F1: lambda gold, said: sk.f1_score(gold, said, average="macro", zero_division=np.nan),
    SAMPLES_F1: lambda gold, said: sk.f1_score(gold, said, average="samples", zero_division=1.0),
    SUBSET_ACCURACY: sk.accuracy_score,
    MICRO_PRECISION: lambda gold, said: sk.precision_score(gold, said, average="micro", zero_division=np.nan),
    MICRO_RECALL: lambda gold, said: sk.recall_score(gold, said, average="micro", zero_division=np.nan),
    HAMMING_LOSS: sk.hamming_loss,
}
rows_of_sets = st.lists(
    st.tuples(st.sets(st.sampled_from(LABELS[:3])), st.sets(st.sampled_from(LABELS))), min_size=1, max_size=12
)


def named(rows: np.ndarray) -> list[list[str]]:
    return [[label for label, yes in zip(LABELS, row, strict=True) if yes] for row in rows]


def drawn(count: int = 80, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    dice = np.random.default_rng(seed)
    gold = dice.random((count, 4)) < (0.4, 0.3, 0.2, 0.05)
    return gold, np.where(dice.random(gold.shape) < 0.25, ~gold, gold)


def test_every_measure_has_a_reference():
    assert set(REFERENCES) == set(LABEL_SET_MEASURES)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("measure", LABEL_SET_MEASURES, ids=lambda measure: measure.key)
@settings(max_examples=40, deadline=None)
@given(pairs=rows_of_sets)
def test_scores_are_those_of_scikit_learn(measure: Measure, pairs: list[tuple[set[str], set[str]]]):
    gold, said = ([sorted(pair[side]) for pair in pairs] for side in (0, 1))
    found = float(measure.statistic(label_set_counts(gold, said, LABELS).totals()[None])[0])
    expected = float(REFERENCES[measure](has_labels(gold, LABELS), has_labels(said, LABELS)))
    assert math.isnan(found) == math.isnan(expected)
    assert math.isnan(found) or found == pytest.approx(expected)


def test_a_row_without_labels_is_right_where_none_is_predicted():
    sample = sample_of(label_set_counts([[], []], [[], ["a"]], LABELS))
    assert SAMPLES_F1.value(sample) == 0.5
    assert SUBSET_ACCURACY.value(sample) == 0.5
    assert MICRO_F1.value(sample) == 0.0
    assert MICRO_RECALL.value(sample) is None


def test_one_label_alone_is_what_is_left_of_the_counts():
    gold, said = drawn()
    totals = label_set_counts(named(gold), named(said), LABELS).totals()
    for place in range(4):
        matched, predicted, given_ = only_label(totals, place)
        assert (matched, predicted, given_) == (
            (gold & said)[:, place].sum(), said[:, place].sum(), gold[:, place].sum(),
        )  # fmt: skip


@pytest.mark.parametrize("measure", LABEL_SET_MEASURES, ids=lambda measure: measure.key)
def test_intervals_are_near_those_of_a_bootstrap_over_rows(measure):
    gold, said = drawn(400, 3)
    counts = label_set_counts(named(gold), named(said), LABELS)
    (low, high), _ = measure.interval(sample_of(counts))
    dice = np.random.default_rng(1)
    draws = [dice.integers(0, 400, 400) for _ in range(300)]
    scores = [float(REFERENCES[measure](gold[rows], said[rows])) for rows in draws]
    wanted = np.quantile(scores, [0.025, 0.975])
    assert np.abs(np.array([low, high]) - wanted).max() < 0.35 * (wanted[1] - wanted[0])


def test_names_that_no_label_has_are_refused():
    with pytest.raises(DataError, match="'x' is not one of 4 labels"):
        label_set_counts([["x"]], [[]], LABELS)
    with pytest.raises(DataError, match="as many rows"):
        label_set_counts([[]], [], LABELS)


ranked = st.lists(st.tuples(st.integers(0, 4), st.booleans(), st.integers(0, 3)), min_size=1, max_size=20)


@settings(max_examples=150, deadline=None)
@given(rows=ranked)
def test_average_precision_is_scikit_learns_with_ties_and_weights(rows: list[tuple[int, bool, int]]):
    scores, gold, weights = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
    found = float(average_precision(scores, gold, weights[:, None])[0])
    if not (gold * weights).sum():
        assert math.isnan(found)
    else:
        assert found == pytest.approx(sk.average_precision_score(gold, scores, sample_weight=weights))


def test_labels_that_no_row_has_count_in_no_mean_of_average_precision():
    gold, _ = drawn(60)
    gold[:, 3] = False
    stated = np.random.default_rng(5).random(gold.shape).round(1)
    sample = sample_of(ranked_rows(stated, gold))
    expected = [sk.average_precision_score(gold[:, k], stated[:, k]) for k in range(3)]
    assert MACRO_AP.value(sample) == pytest.approx(np.mean(expected))
    assert math.isnan(of_no_sums(sample.totals))


def test_each_resample_ranks_the_rows_that_were_drawn():
    gold, _ = drawn(25, 2)
    stated = np.random.default_rng(6).random(gold.shape).round(1)
    counts = ranked_rows(stated[:, :1], gold[:, :1])
    sample = sample_of(counts)
    scores = sample.resampled_scores(AVERAGE_PRECISION)
    weights = next(iter(resample_weights(counts)))
    for draw in range(5):
        expected = average_precision(counts.values[:, 0], counts.values[:, 1], weights[:, [draw]])
        assert scores[draw] == pytest.approx(float(expected[0]))
    assert only_ranked(np.array([[0.1, 0.2, 1.0, 0.0]]), 1).tolist() == [[0.2, 0.0]]
