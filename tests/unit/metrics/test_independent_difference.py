"""The interval of a difference of independent scores: published values, a bootstrap of both sides, and its own meaning."""

from __future__ import annotations

import numpy as np
import pytest

from tunecard.metrics.class_measures import ACCURACY
from tunecard.metrics.counts import RowCounts
from tunecard.metrics.entity_measures import F1
from tunecard.metrics.independent import independent_interval
from tunecard.metrics.intervals import wilson_interval
from tunecard.metrics.measure import sample_of
from tunecard.metrics.resampling import resample_totals

# Newcombe 1998, table II, method 10: hits and trials of both sides, and the bounds that are printed there.
PUBLISHED = [
    ((56, 70), (48, 80), (0.0524, 0.3339)),
    ((9, 10), (3, 10), (0.1705, 0.8090)),
    ((10, 10), (0, 20), (0.6791, 1.0000)),
    ((5, 56), (0, 29), (-0.0381, 0.1926)),
    ((0, 10), (0, 20), (-0.1611, 0.2775)),
]


@pytest.mark.parametrize(("own", "other", "printed"), PUBLISHED)
def test_published_bounds_of_two_shares(
    own: tuple[int, int], other: tuple[int, int], printed: tuple[float, float]
) -> None:
    ours, theirs = wilson_interval(*own), wilson_interval(*other)
    assert ours is not None and theirs is not None
    found = independent_interval(own[0] / own[1], ours, other[0] / other[1], theirs)
    assert found == pytest.approx(printed, abs=6e-5)


def test_many_rows_give_the_normal_approximation() -> None:
    p, q, n, m = 0.8, 0.7, 40_000, 10_000
    half = 1.959964 * np.sqrt(p * (1 - p) / n + q * (1 - q) / m)
    ours, theirs = wilson_interval(p * n, n), wilson_interval(q * m, m)
    assert ours is not None and theirs is not None
    assert independent_interval(p, ours, q, theirs) == pytest.approx((p - q - half, p - q + half), abs=1e-4)


def drawn_f1(counts: RowCounts, seed: int) -> np.ndarray:
    return np.asarray(F1.statistic(resample_totals(counts, resamples=3000, seed=seed)))


def test_a_score_that_is_no_share_agrees_with_a_bootstrap_of_both_sides() -> None:
    random = np.random.default_rng(5)
    sides = []
    for rows, recall in ((900, 0.7), (600, 0.8)):
        gold = random.poisson(3, rows)
        matched = random.binomial(gold, recall)
        counts = np.zeros((rows, 8))
        counts[:, 0], counts[:, 1], counts[:, 2] = matched, matched + random.poisson(0.5, rows), gold
        sides.append(RowCounts.from_rows(counts))
    samples = [sample_of(side) for side in sides]
    values, intervals = [F1.value(one) for one in samples], [F1.interval(one)[0] for one in samples]
    drawn = np.quantile(drawn_f1(sides[0], 1) - drawn_f1(sides[1], 2), [0.025, 0.975])
    found = independent_interval(values[0], intervals[0], values[1], intervals[1])  # type: ignore[arg-type]
    assert found == pytest.approx(tuple(drawn), abs=0.003)
    assert found[1] - found[0] > max(one[1] - one[0] for one in intervals if one)  # wider than either alone


def test_it_turns_around_with_the_two_sides() -> None:
    a, b = wilson_interval(9, 10), wilson_interval(30, 60)
    assert a is not None and b is not None
    low, high = independent_interval(0.9, a, 0.5, b)
    assert independent_interval(0.5, b, 0.9, a) == pytest.approx((-high, -low))


def test_it_holds_its_level_where_a_percentile_bootstrap_does_not() -> None:
    """20 of one's own rows beside 200: the true difference is inside 95 of 100 times, give or take what 500 draws can."""
    random = np.random.default_rng(0)
    own, other = random.binomial(20, 0.9, 500), random.binomial(200, 0.95, 500)
    held = 0
    for hits, others in zip(own, other, strict=True):
        ours, theirs = wilson_interval(hits, 20), wilson_interval(others, 200)
        assert ours is not None and theirs is not None
        low, high = independent_interval(hits / 20, ours, others / 200, theirs)
        held += low <= -0.05 <= high
    assert held / 500 >= 0.93
    assert ACCURACY.share is not None  # whose interval is Wilson's, as above
