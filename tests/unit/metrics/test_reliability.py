"""Confidence against accuracy: bins by hand, Wilson's intervals, and intervals of ECE that hold the truth."""

from itertools import pairwise

import numpy as np
import pytest

from tunecard.metrics.counts import RowCounts
from tunecard.metrics.intervals import percentile_interval, resample_totals, wilson_interval
from tunecard.metrics.reliability import (
    BINS,
    calibration_error,
    calibration_error_interval,
    error_by_chance,
    gaps_by_bin,
    reliability_bins,
)


def interval_of(confidence, is_right):
    """The interval, and the percentiles that it is made from, of items that are each a row of their own."""
    rows = np.column_stack([gaps_by_bin(confidence, is_right), np.ones(len(confidence))])
    totals = resample_totals(RowCounts.from_rows(rows), resamples=200)
    samples = calibration_error(totals[:, :BINS], totals[:, BINS])
    ece = float(calibration_error(rows.sum(axis=0)[:BINS], np.float64(len(rows))))
    return ece, calibration_error_interval(ece, samples, confidence), percentile_interval(samples)


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
    held = 0
    for _ in range(20):
        confidence = random.beta(5, 1, 300)
        ece, (low, high), percentiles = interval_of(confidence, random.random(300) < confidence)
        assert low <= ece <= high
        assert percentiles[0] > 0.01  # what plain percentiles would claim of a model without any error
        held += low == 0
    assert held >= 17


def test_an_overconfident_model_has_an_interval_above_chance():
    random = np.random.default_rng(2)
    confidence = random.beta(5, 1, 2000)
    ece, (low, high), _ = interval_of(confidence, random.random(2000) < confidence**2)
    truth = float((confidence - confidence**2).mean())
    assert error_by_chance(confidence) < low < truth < high
    assert low < ece < high
