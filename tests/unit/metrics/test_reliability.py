"""Confidence against accuracy: bins by hand, Wilson's intervals, and intervals of ECE that hold the truth."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import binom

from tunecard.metrics.calibration_interval import calibration_error_interval, chance_of_calibrated
from tunecard.metrics.intervals import wilson_interval
from tunecard.metrics.reliability import (
    calibration_error,
    error_by_chance,
    gaps_by_bin,
    mean_error_by_chance,
    reliability_bins,
)


def interval_of(confidence, is_right, unit=None):
    """The error and its interval, of items that are each a row of their own unless `unit` says otherwise."""
    unit = np.arange(len(confidence)) if unit is None else unit
    ece = float(calibration_error(gaps_by_bin(confidence, is_right).sum(axis=0), np.float64(len(confidence))))
    return ece, calibration_error_interval(confidence, is_right, unit)


def test_bins_by_hand():
    confidence = np.array([0.9, 0.6, 0.9, 0.6])
    low, high = reliability_bins(confidence, np.array([True, False, True, True]), bins=2)
    assert (low.confidence, low.accuracy, low.n, low.low, low.high) == (0.6, 0.5, 2, 0.6, 0.6)
    assert (high.confidence, high.accuracy, high.n) == (0.9, 1.0, 2)
    assert low.interval == wilson_interval(1, 2) and high.interval == wilson_interval(2, 2)


def test_bins_hold_every_item_and_give_the_error():
    random = np.random.default_rng(0)
    confidence = random.beta(5, 1, 1000)
    is_right = random.random(1000) < confidence**2
    bins = reliability_bins(confidence, is_right)
    assert [found.n for found in bins] == pytest.approx([1000 / 15] * 15, abs=1)
    assert sum(found.n for found in bins) == 1000
    error = sum(found.n / 1000 * abs(found.accuracy - found.confidence) for found in bins)
    assert error == pytest.approx(interval_of(confidence, is_right)[0])
    assert all(one.high <= other.low for one, other in pairwise(bins))


def test_no_items_have_no_error():
    assert np.isnan(calibration_error(np.zeros((1, 15)), np.zeros(1)))[0]


def test_a_calibrated_model_has_an_interval_that_begins_at_zero():
    random = np.random.default_rng(1)
    held, errors, by_chance = 0, [], []
    for _ in range(40):
        confidence = random.beta(5, 1, 90)
        ece, (low, high) = interval_of(confidence, random.random(90) < confidence)
        assert low - 1e-12 <= ece <= high + 1e-12
        held += low == 0
        errors.append(ece)
        by_chance.append(mean_error_by_chance(confidence))
    assert held >= 35
    assert np.mean(errors) == pytest.approx(np.mean(by_chance), rel=0.12)  # what few rows add to a true error of 0


def test_an_overconfident_model_has_an_interval_above_chance():
    random = np.random.default_rng(2)
    confidence = random.beta(5, 1, 2000)
    ece, (low, high) = interval_of(confidence, random.random(2000) < confidence**2)
    truth = float((confidence - confidence**2).mean())
    assert error_by_chance(confidence) < low < truth < high
    assert low < ece < high


def test_items_of_one_row_count_as_fewer():
    random = np.random.default_rng(3)
    confidence = np.repeat(random.beta(5, 1, 200), 5)
    is_right = np.repeat(random.random(200) < confidence[::5] ** 2, 5)
    _, alone = interval_of(confidence, is_right)
    _, together = interval_of(confidence, is_right, np.repeat(np.arange(200), 5))
    assert together[1] - together[0] > 1.3 * (alone[1] - alone[0])


def test_few_items_have_no_interval():
    assert interval_of(np.full(29, 0.9), np.arange(29) < 20)[1] is None


@pytest.mark.parametrize("items", [20, 8_000])
def test_the_chance_of_a_calibrated_model_is_the_binomial_one(items: int) -> None:
    """All items stated alike stand in one bin: its gap is that of a count."""
    stated, rights = np.full(items, 0.9), round(items * 0.9) - round(1.8 * (items * 0.09) ** 0.5)
    is_right = np.arange(items) < rights
    gap = abs(0.9 * items - rights)
    exact = sum(binom.pmf(k, items, 0.9) for k in range(items + 1) if abs(0.9 * items - k) >= gap - 1e-9)
    assert chance_of_calibrated(stated, is_right, np.arange(items)) == pytest.approx(exact, abs=0.015)


def test_items_that_come_twice_tell_no_more_than_once() -> None:
    draws = np.random.default_rng(0)
    stated = draws.uniform(0.5, 1.0, 400)
    is_right = draws.random(400) < stated - 0.08
    once = chance_of_calibrated(stated, is_right, np.arange(400))
    twice = chance_of_calibrated(np.repeat(stated, 2), np.repeat(is_right, 2), np.repeat(np.arange(400), 2))
    alone = chance_of_calibrated(np.repeat(stated, 2), np.repeat(is_right, 2), np.arange(800))
    assert alone < once and twice == pytest.approx(once, abs=0.03)
