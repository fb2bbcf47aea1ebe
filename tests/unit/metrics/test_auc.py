"""Areas under the ROC curve agree with scikit-learn, their intervals with the bootstrap and with what they state."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score, roc_curve

from tunecard.metrics.auc import auc, auc_interval, false_positives_at_recall


def drawn(seed: int, gap: float, sizes: tuple[int, int] = (60, 90)) -> tuple[np.ndarray, np.ndarray]:
    draws = np.random.default_rng(seed)
    return draws.normal(gap, 1, sizes[0]).round(1), draws.normal(0, 1, sizes[1]).round(1)


@pytest.mark.parametrize("gap", [-1.0, 0.0, 0.4, 2.0])
def test_the_area_is_that_of_scikit_learn_with_ties(gap: float) -> None:
    higher, lower = drawn(1, gap)
    gold = [1] * len(higher) + [0] * len(lower)
    assert auc(higher, lower) == pytest.approx(roc_auc_score(gold, [*higher, *lower]))


def test_the_interval_holds_the_true_area_as_often_as_it_states() -> None:
    from scipy.stats import norm

    true = norm.cdf(0.8 / 2**0.5)
    draws = np.random.default_rng(3)
    found = [auc_interval(draws.normal(0.8, 1, 40), draws.normal(0, 1, 60)) for _ in range(400)]
    share = np.mean([low <= true <= high for low, high in filter(None, found)])
    assert 0.925 <= share <= 0.985


def test_the_interval_is_near_that_of_the_bootstrap() -> None:
    higher, lower = drawn(5, 0.7)
    draws = np.random.default_rng(0)
    areas = [auc(draws.choice(higher, len(higher)), draws.choice(lower, len(lower))) for _ in range(1500)]
    assert auc_interval(higher, lower) == pytest.approx(np.quantile(areas, [0.025, 0.975]), abs=0.015)


def test_an_interval_needs_two_of_either_kind_and_ends_inside() -> None:
    assert auc_interval(np.array([1.0]), np.arange(5.0)) is None
    assert auc_interval(np.arange(10.0, 40.0), np.arange(10.0)) == pytest.approx((0.7, 1.0))


def test_false_positives_are_those_at_the_threshold_of_the_recall() -> None:
    higher, lower = drawn(7, 1.0, (200, 300))
    rate, recall, _ = roc_curve([1] * 200 + [0] * 300, [*higher, *lower], drop_intermediate=False)
    assert false_positives_at_recall(higher, lower, 0.95) == pytest.approx(rate[np.argmax(recall >= 0.95)])
