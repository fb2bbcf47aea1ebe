"""Risk against coverage: held to its definition, to averages over orders of ties, and to drawing units again."""

import numpy as np
import pytest

from tunecard.metrics.selective import area_under_risk_coverage, coverage_thresholds


def area_by_definition(stated, wrong):
    """The mean of the risks of the 1, 2, ... surest answers (Geifman and El-Yaniv 2017), written as it is said."""
    ordered = [error for _, error in sorted(zip(-stated, wrong, strict=True), key=lambda pair: pair[0])]
    return sum(sum(ordered[:k]) / k for k in range(1, len(ordered) + 1)) / len(ordered)


@pytest.fixture
def answers():
    rng = np.random.default_rng(3)
    stated = rng.permutation(np.linspace(0.3, 0.99, 120))
    return stated, rng.random(120) < stated


def test_the_area_is_the_mean_risk_over_all_coverages(answers):
    stated, is_right = answers
    found = area_under_risk_coverage(stated, is_right, np.arange(120))
    assert found.value == pytest.approx(area_by_definition(stated, 1.0 - is_right), abs=1e-12)


def test_answers_stated_alike_count_as_in_the_average_over_their_orders(answers):
    rng = np.random.default_rng(0)
    stated, is_right = np.round(answers[0], 1), answers[1]
    orders = [rng.permutation(120) for _ in range(400)]
    expected = np.mean([area_by_definition(stated[order], 1.0 - is_right[order]) for order in orders])
    found = [area_under_risk_coverage(stated[order], is_right[order], np.arange(120)).value for order in orders[:2]]
    assert found[0] == pytest.approx(found[1], abs=1e-12)
    assert found[0] == pytest.approx(expected, abs=1e-3)


def test_its_error_is_that_of_units_drawn_again(answers):
    stated, is_right = np.concatenate([answers[0]] * 2), np.concatenate([answers[1]] * 2)  # each row twice
    unit, rng = np.tile(np.arange(120), 2), np.random.default_rng(1)
    drawn = [
        area_under_risk_coverage(stated[places], is_right[places], np.arange(240)).value
        for places in (np.concatenate([rows, rows + 120]) for rows in rng.integers(0, 120, (800, 120)))
    ]
    found = area_under_risk_coverage(stated, is_right, unit)
    assert found.error == pytest.approx(np.std(drawn), rel=0.15)
    assert found.error > 1.3 * area_under_risk_coverage(stated, is_right, np.arange(240)).error
    assert found.units == 120


def test_thresholds_cut_into_parts_as_equal_as_ties_let_them():
    stated = np.arange(100) / 100
    assert coverage_thresholds(stated, 4).tolist() == [0.75, 0.5, 0.25, 0.0]
    assert coverage_thresholds(np.full(7, 0.5)).tolist() == [0.5]
