"""Means over seeds: the error is that over rows and that over seeds; of no spread over seeds that over rows alone."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from tunecard.metrics.class_measures import ACCURACY
from tunecard.metrics.counts import RowCounts
from tunecard.metrics.over_seeds import compare_seeds, score_seeds


def counts(is_right: np.ndarray) -> RowCounts:
    """Of two classes in turns, each row right or wrong."""
    gold = np.arange(len(is_right)) % 2
    said, one_hot = np.where(is_right, gold, 1 - gold), np.eye(2, dtype=int)
    return RowCounts.from_rows(np.hstack([one_hot[gold] * is_right[:, None], one_hot[said], one_hot[gold]]))


def right(rows: int, *seeds: float) -> list[np.ndarray]:
    draw = np.random.default_rng(3)
    return [draw.random(rows) < share for share in seeds]


def test_the_mean_and_its_spread_are_those_of_the_seeds() -> None:
    several = right(100, 0.8, 0.7, 0.9)
    found = score_seeds(ACCURACY, [counts(one) for one in several])
    assert found.value == pytest.approx(np.mean(several)) and found.sd == pytest.approx(
        np.std([one.mean() for one in several], ddof=1)
    )
    assert found.interval is not None and found.interval[0] < found.value < found.interval[1]
    assert "rows" in found.how and "3 seeds" in found.how


def test_a_difference_is_worked_out_by_hand() -> None:
    ours, theirs = right(80, 0.9, 0.85, 0.95), right(80, 0.6, 0.7, 0.65)[::-1]
    found = compare_seeds(ACCURACY, [counts(one) for one in ours], [counts(one) for one in theirs])
    apart = np.stack(ours).astype(float) - np.stack(theirs)
    of_rows, of_seeds = stats.sem(apart.mean(axis=0)), stats.sem(apart.mean(axis=1))
    half = math.hypot(of_rows * stats.t.ppf(0.975, 79), of_seeds * stats.t.ppf(0.975, 2))
    assert found.value == pytest.approx(apart.mean())
    assert found.interval == pytest.approx((apart.mean() - half, apart.mean() + half))


def test_p_is_below_0_05_just_where_the_interval_excludes_0() -> None:
    for gap in np.linspace(0.02, 0.4, 12):
        ours, theirs = right(60, 0.5 + gap, 0.55 + gap), right(60, 0.5, 0.5)[::-1]
        found = compare_seeds(ACCURACY, [counts(one) for one in ours], [counts(one) for one in theirs])
        if found.interval is not None and found.p is not None:
            assert (found.p < 0.05) is not (found.interval[0] <= 0 <= found.interval[1])


def test_seeds_that_differ_little_leave_the_error_of_rows() -> None:
    one = right(200, 0.8)[0]
    found = score_seeds(ACCURACY, [counts(one), counts(one)])
    assert found.sd == 0 and found.interval is not None
    error, slope = stats.sem(one.astype(float)), 1 / (one.mean() * (1 - one.mean()))
    half = stats.t.ppf(0.975, 199) * error * slope
    centre = math.log(one.mean() / (1 - one.mean()))
    assert found.interval == pytest.approx([1 / (1 + math.exp(-(centre + sign * half))) for sign in (-1, 1)])


def test_those_that_answer_alike_are_not_told_apart() -> None:
    several = [counts(one) for one in right(50, 0.8, 0.7)]
    found = compare_seeds(ACCURACY, several, several)
    assert found.value == 0 and found.interval is None and found.p is None
