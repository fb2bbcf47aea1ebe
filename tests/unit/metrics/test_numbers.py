"""Scores of numbers, held to scipy and scikit-learn, with intervals held to a bootstrap that draws the rows itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import mean_absolute_error, mean_squared_error

from tunecard.errors import DataError
from tunecard.metrics.counts import RowCounts
from tunecard.metrics.measure import Rows, Sample, sample_of
from tunecard.metrics.number_measures import MAE, MSE, NUMBER_MEASURES, PEARSON, SPEARMAN
from tunecard.metrics.numbers import number_counts, spearman_of_rows
from tunecard.metrics.resampling import resample_weights

REFERENCES = {
    PEARSON: lambda gold, said: stats.pearsonr(gold, said).statistic,
    SPEARMAN: lambda gold, said: stats.spearmanr(gold, said).statistic,
    MSE: mean_squared_error,
    MAE: mean_absolute_error,
}


def drawn(rows: int = 60, seed: int = 0) -> tuple[list[float], list[float]]:
    """Numbers below 0 too, with equal ones among them."""
    dice = np.random.default_rng(seed)
    gold = np.round(dice.normal(-1.0, 2.0, rows), 1)
    return gold.tolist(), np.round(gold * 0.7 + dice.normal(3.0, 1.0, rows), 1).tolist()


@pytest.mark.parametrize("measure", NUMBER_MEASURES, ids=lambda measure: measure.key)
def test_values_are_those_of_scipy_and_scikit_learn(measure):
    gold, said = drawn()
    assert measure.value(sample_of(number_counts(gold, said))) == pytest.approx(REFERENCES[measure](gold, said))


def test_each_resample_scores_as_its_rows_would_by_themselves():
    gold, said = drawn(25)
    counts = number_counts(gold, said)
    used = np.unique(counts.group)
    first = {int(group): int(np.flatnonzero(counts.group == group)[0]) for group in used}
    scores = sample_of(counts).resampled_scores(SPEARMAN)
    weights = next(iter(resample_weights(counts)))
    for draw in range(5):
        rows = [first[int(group)] for place, group in enumerate(used) for _ in range(int(weights[place, draw]))]
        expected = REFERENCES[SPEARMAN]([gold[row] for row in rows], [said[row] for row in rows])
        assert scores[draw] == pytest.approx(expected)


@pytest.mark.parametrize("measure", [PEARSON, MSE, MAE], ids=lambda measure: measure.key)
def test_a_score_without_a_row_is_that_of_the_others(measure):
    gold, said = drawn(25)
    counts = number_counts(gold, said)
    without, _ = sample_of(counts).without(measure)
    for row in (0, 7, 24):
        left = REFERENCES[measure](gold[:row] + gold[row + 1 :], said[:row] + said[row + 1 :])
        assert without[np.flatnonzero(np.unique(counts.group) == counts.group[row])[0]] == pytest.approx(left)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(-4, 4), st.integers(-4, 4)), min_size=2, max_size=12))
def test_ranks_with_ties_are_scipys(pairs):
    gold, said = (list(side) for side in zip(*pairs, strict=True))
    value = SPEARMAN.value(sample_of(number_counts(gold, said)))
    if len(set(gold)) < 2 or len(set(said)) < 2:
        assert value is None
    else:
        assert value == pytest.approx(stats.spearmanr(gold, said).statistic)


def test_a_constant_side_has_no_correlation_and_errors_all_the_same():
    sample = sample_of(number_counts([1.0, 2.0, 4.0], [0.1, 0.1, 0.1]))
    assert PEARSON.value(sample) is None and SPEARMAN.value(sample) is None
    assert MAE.value(sample) == pytest.approx((0.9 + 1.9 + 3.9) / 3)


def test_differences_of_ranks_are_drawn_together():
    gold, said = drawn(40)
    counts = number_counts(gold, said).beside(number_counts(gold, said))
    pair = [Sample(Rows(counts), columns) for columns in ((0, 8), (8, None))]
    assert (pair[0].resampled_scores(SPEARMAN) == pair[1].resampled_scores(SPEARMAN)).all()


def test_the_order_of_rows_has_no_say():
    gold, said = drawn(30)
    order = np.random.default_rng(1).permutation(30)
    moved = number_counts([gold[row] for row in order], [said[row] for row in order])
    for measure in NUMBER_MEASURES:
        assert measure.interval(sample_of(moved)) == measure.interval(sample_of(number_counts(gold, said)))


def test_intervals_hold_the_value():
    sample = sample_of(number_counts(*drawn(200)))
    for measure in NUMBER_MEASURES:
        (low, high), how = measure.interval(sample)
        assert low < measure.value(sample) < high and how.startswith("jackknife over rows, Student's t on ")


def test_a_mean_error_has_the_interval_of_a_mean_on_the_log_scale():
    gold, said = drawn(200)
    gaps = np.abs(np.array(gold) - np.array(said))
    half = stats.t.ppf(0.975, 199) * stats.sem(gaps) / gaps.mean()
    expected = gaps.mean() * np.exp([-half, half])
    assert MAE.interval(sample_of(number_counts(gold, said)))[0] == pytest.approx(tuple(expected))


def test_errors_that_a_few_rows_decide_have_no_interval():
    gold, said = drawn(200)
    found = MSE.interval(sample_of(number_counts([*gold[1:], 1000.0], said)))
    assert found == (None, "no interval, as a few rows decide it")


@pytest.mark.parametrize("said", [[1.0], [1.0, float("nan")], [1.0, "a"]])
def test_what_is_no_number_is_refused(said):
    with pytest.raises(DataError):
        number_counts([1.0, 2.0], said)


def test_weights_of_nothing_are_undefined():
    rows = number_counts([1.0, 2.0], [1.0, 2.0]).values
    assert np.isnan(spearman_of_rows(rows, np.zeros((2, 1)))).all()
    assert isinstance(RowCounts.from_rows(rows), RowCounts)
