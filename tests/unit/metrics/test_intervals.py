"""Intervals against scipy, published values and their own meaning."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tunecard.metrics.classification import accuracy, class_counts, macro_f1
from tunecard.metrics.counts import RowCounts, ratio
from tunecard.metrics.intervals import effective_trials, mcnemar_exact, wilson_interval
from tunecard.metrics.resampling import bootstrap_interval, paired_interval, percentile_interval, resample_totals


def share(totals):
    return ratio(totals[..., 0], totals[..., 1])


def counts_of(right):
    return RowCounts.from_rows(np.column_stack([right, np.ones(len(right))]))


@pytest.mark.parametrize(("hits", "trials"), [(0, 10), (8, 10), (10, 10), (831, 872), (1, 3)])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_wilson_is_that_of_scipy(hits, trials, level):
    expected = stats.binomtest(hits, trials).proportion_ci(level, method="wilson")
    assert wilson_interval(hits, trials, level=level) == pytest.approx((expected.low, expected.high))


def test_wilson_by_hand():
    # n = 10, p = 0.8, z = 1.96: centre (0.8 + 0.19208) / 1.38416, half-width 1.96 sqrt(0.016 + 0.0096040) / 1.38416
    low, high = wilson_interval(8, 10)
    assert (low, high) == pytest.approx((0.7167 - 0.2266, 0.7167 + 0.2266), abs=2e-4)
    assert wilson_interval(0, 0) is None


def test_single_trials_are_worth_themselves():
    hits = np.array([1.0, 0.0])
    assert effective_trials(hits, np.ones(2), np.array([80.0, 20.0])) == pytest.approx(100 * 99 / 100)


def test_trials_that_all_end_alike_are_worth_their_units():
    assert effective_trials(np.array([5.0]), np.array([5.0]), np.array([12.0])) == 12


def test_the_design_effect_is_that_of_a_ratio_by_hand():
    # 4 units with 2, 2, 4, 4 trials and 2, 0, 4, 2 hits: share 8 / 12, gaps 2/3, -4/3, 4/3, -2/3
    hits, trials = np.array([2.0, 0.0, 4.0, 2.0]), np.array([2.0, 2.0, 4.0, 4.0])
    variance = (4 / 9 + 16 / 9 + 16 / 9 + 4 / 9) / 144 * 4 / 3
    assert effective_trials(hits, trials, np.ones(4)) == pytest.approx(2 / 9 / variance)


def test_bootstrap_agrees_with_scipy():
    random = np.random.default_rng(0)
    right = random.random(400) < 0.8
    low, high = bootstrap_interval(share, counts_of(right))
    expected = stats.bootstrap((right,), np.mean, n_resamples=4000, method="percentile", rng=random).confidence_interval
    assert (low, high) == pytest.approx((expected.low, expected.high), abs=0.008)


def test_bootstrap_of_macro_f1_agrees_with_calling_the_metric_again():
    from sklearn.metrics import f1_score

    random = np.random.default_rng(3)
    gold = random.choice(["a", "b", "c"], 200, p=[0.6, 0.3, 0.1])
    predicted = np.where(random.random(200) < 0.7, gold, random.choice(["a", "b", "c"], 200))
    own = bootstrap_interval(macro_f1, class_counts(list(gold), list(predicted), ["a", "b", "c"]))
    again = []
    for _ in range(300):
        rows = random.integers(0, 200, 200)
        again.append(f1_score(gold[rows], predicted[rows], average="macro", zero_division=0))
    assert own == pytest.approx(tuple(np.quantile(again, [0.025, 0.975])), abs=0.025)


def test_resamples_are_whole_rows_and_all_of_them():
    rows = np.array([[1, 5, 1], [0, 2, 1], [1, 0, 1]])
    totals = resample_totals(RowCounts.from_rows(rows), resamples=500)
    assert totals.shape == (500, 3)
    assert (totals[:, 2] == 3).all()
    sums = {tuple(rows[[a, b, c]].sum(axis=0)) for a in range(3) for b in range(3) for c in range(3)}
    assert {tuple(total) for total in totals} == sums
    assert totals.mean(axis=0) == pytest.approx(rows.sum(axis=0), rel=0.08)


def test_the_first_resamples_never_change():
    # a recorded interval must be recomputable for years. PCG64(0) begins 0.637, 0.270, 0.041, 0.017, 0.813, 0.913 of
    # 2^64: of three rows in sorted order it draws 1, 0, 0 and then 0, 2, 2
    counts = RowCounts.from_rows(np.array([[0, 0, 1], [0, 1, 0], [1, 0, 0]]))
    assert resample_totals(counts, resamples=2, seed=0).tolist() == [[0, 1, 2], [2, 0, 1]]


def test_the_seed_decides_and_the_size_of_a_block_does_not(monkeypatch):
    counts = counts_of(np.arange(50) % 3 == 0)
    first = resample_totals(counts, resamples=40)
    assert np.array_equal(first, resample_totals(counts, resamples=40))
    assert not np.array_equal(first, resample_totals(counts, resamples=40, seed=1))
    monkeypatch.setattr("tunecard.metrics.resampling.DRAWS_AT_ONCE", 7 * 50)
    assert np.array_equal(first, resample_totals(counts, resamples=40))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4)), min_size=1, max_size=20), st.randoms())
def test_the_order_of_rows_changes_no_interval(rows, random):
    before = bootstrap_interval(share, RowCounts.from_rows(np.array(rows)), resamples=100)
    random.shuffle(rows)
    assert bootstrap_interval(share, RowCounts.from_rows(np.array(rows)), resamples=100) == before


def test_undefined_resamples_are_left_out():
    assert percentile_interval(np.array([np.nan, 0.5, 0.5])) == (0.5, 0.5)
    assert percentile_interval(np.array([np.nan])) is None


def test_paired_interval_is_narrower_than_two_apart():
    random = np.random.default_rng(5)
    right = random.random(500) < 0.8
    other = right ^ (random.random(500) < 0.04)  # differs in few rows
    low, high = paired_interval(share, counts_of(right), counts_of(other))
    apart = bootstrap_interval(share, counts_of(right))
    assert low <= right.mean() - other.mean() <= high
    assert high - low < (apart[1] - apart[0]) * 0.7
    expected = stats.bootstrap(
        (right.astype(float) - other,), np.mean, n_resamples=4000, method="percentile", rng=random
    ).confidence_interval
    assert (low, high) == pytest.approx((expected.low, expected.high), abs=0.004)
    assert paired_interval(share, counts_of(right), counts_of(right)) == (0.0, 0.0)


def test_paired_counts_keep_rows_together():
    counts = counts_of([1, 0, 1])
    both = counts.beside(counts_of([0, 0, 1]))
    assert both.values[both.group].tolist() == [[1, 1, 0, 1], [0, 1, 0, 1], [1, 1, 1, 1]]
    with pytest.raises(ValueError, match="got 3 and 2"):
        counts.beside(counts_of([0, 1]))


@pytest.mark.parametrize(("wins", "losses"), [(0, 0), (5, 0), (3, 9), (10, 10), (40, 21)])
def test_mcnemar_is_the_binomial_test(wins, losses):
    right = np.array([True] * wins + [False] * losses + [True] * 7)
    other = np.array([False] * wins + [True] * losses + [True] * 7)
    expected = stats.binomtest(wins, wins + losses, 0.5).pvalue if wins + losses else 1.0
    assert mcnemar_exact(right, other) == pytest.approx(expected)


def test_totals_and_slices_of_counts():
    rows = np.array([[1, 2], [3, 4], [1, 2]])
    counts = RowCounts.from_rows(rows)
    assert len(counts) == 3
    assert counts.totals().tolist() == [5, 8]
    assert counts.take(np.array([True, False, True])).totals().tolist() == [2, 4]
    assert counts.take(np.array([1])).totals().tolist() == [3, 4]
    with pytest.raises(ValueError, match="at least one row"):
        resample_totals(counts.take(np.array([], dtype=int)))


def test_accuracy_counts_rows_of_every_class():
    assert accuracy(class_counts(["a", "b"], ["a", "a"], ["a", "b"]).totals()) == 0.5


def test_units_are_drawn_whole():
    counts = counts_of(np.array([1, 1, 0, 0, 1])).in_units(np.array([7, 7, 3, 3, 3]))
    totals = resample_totals(counts, resamples=200)
    assert {tuple(total) for total in totals} == {(4, 4), (3, 5), (2, 6)}
    sums, times = counts.by_unit()
    assert sorted(map(tuple, sums)) == [(1, 3), (2, 2)] and times.tolist() == [1, 1]
