"""The median's interval is scipy's, and holds the median as often as it says."""

import numpy as np
import pytest
from scipy.stats import quantile_test

from tunecard.metrics.order_statistics import median_interval


@pytest.mark.parametrize("number", [6, 7, 10, 15, 30, 50])
def test_the_ends_are_those_of_scipy(number: int) -> None:
    values = np.random.default_rng(number).lognormal(size=number)
    low, high = quantile_test(values, q=0.0, p=0.5).confidence_interval(0.95)
    assert median_interval(values.tolist()) == pytest.approx((low, high))


def test_of_five_values_not_even_the_ends_would_do() -> None:
    assert median_interval([1.0, 2.0, 3.0, 4.0, 5.0]) is None and median_interval([]) is None


def test_it_holds_the_median_at_least_as_often_as_it_says() -> None:
    drawn = np.random.default_rng(1).exponential(size=(400, 15))
    held = [low <= np.log(2) <= high for low, high in (median_interval(row.tolist()) or (1, 0) for row in drawn)]
    assert np.mean(held) >= 0.94
