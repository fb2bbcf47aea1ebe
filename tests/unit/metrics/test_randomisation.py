"""The paired randomisation test agrees with scipy's, and with what can be counted by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import permutation_test

from tunecard.metrics.class_measures import ACCURACY
from tunecard.metrics.classification import class_counts
from tunecard.metrics.measure import Measure, Rows, Sample
from tunecard.metrics.number_measures import SPEARMAN
from tunecard.metrics.randomisation import randomisation_p


def samples(before: list[str], after: list[str], unit: np.ndarray | None = None) -> tuple[Sample, Sample]:
    """Two answers to rows whose label is "a"."""
    first, second = (class_counts(["a"] * len(said), said, ("a", "b")) for said in (before, after))
    rows, width = Rows(first.in_units(unit).beside(second)), first.values.shape[1]
    return Sample(rows, (0, width)), Sample(rows, (width, None))


def test_it_agrees_with_scipy() -> None:
    draw = np.random.default_rng(3)
    before = ["a" if right else "b" for right in draw.random(60) < 0.9]
    after = ["a" if right else "b" for right in draw.random(60) < 0.75]
    right = [np.array([one == "a" for one in said], dtype=float) for said in (before, after)]
    other = permutation_test(
        right, lambda x, y: x.mean() - y.mean(), permutation_type="samples", n_resamples=20_000, rng=1
    )
    assert randomisation_p(ACCURACY, *samples(before, after)) == pytest.approx(other.pvalue, abs=0.02)


def test_six_losses_and_no_gain_have_the_chance_of_six_coins() -> None:
    both = samples(["a"] * 30, ["b"] * 6 + ["a"] * 24)
    assert randomisation_p(ACCURACY, *both) == pytest.approx(2 / 64, abs=0.008)


def test_nothing_but_losses_is_no_chance_and_no_difference_is_all_chance() -> None:
    assert randomisation_p(ACCURACY, *samples(["a"] * 40, ["b"] * 40)) == pytest.approx(1 / 100_000)
    assert randomisation_p(ACCURACY, *samples(["a"] * 40, ["a"] * 40)) == 1.0


def test_what_is_rare_is_told_by_more_draws() -> None:
    both = samples(["a"] * 30, ["b"] * 12 + ["a"] * 18)
    assert randomisation_p(ACCURACY, *both) == pytest.approx(2 / 2**12, abs=0.0002)  # 0.00049


def test_rows_that_belong_together_are_exchanged_together() -> None:
    together = samples(["a"] * 30, ["b"] * 6 + ["a"] * 24, np.arange(30) // 6)
    assert randomisation_p(ACCURACY, *together) == 1.0  # one group moves, and one coin says nothing


def test_a_score_that_is_no_function_of_sums_has_none() -> None:
    measure: Measure = replace(ACCURACY, of_rows=SPEARMAN.of_rows)
    assert randomisation_p(measure, *samples(["a"] * 4, ["b"] * 4)) is None
