"""A comparison of two texts in H numbers holds the cosine, and most of it."""

from __future__ import annotations

import numpy as np
import pytest

from tunecard.fitting.comparison import SHARE_OF_COSINE, Comparison
from tunecard.inference.frozen_vectors import vectors_apart

WIDTH, ROWS = 32, 600


def seen() -> tuple[np.ndarray, np.ndarray]:
    """(ROWS, 2 WIDTH) the view `apart` of pairs from strangers to copies, and their cosines."""
    draw = np.random.default_rng(0)
    first, noise = draw.standard_normal((ROWS, WIDTH)), draw.standard_normal((ROWS, WIDTH))
    near = draw.random((ROWS, 1))
    second = near * first + (1 - near) * noise
    cosines = (first * second).sum(1) / np.linalg.norm(first, axis=1) / np.linalg.norm(second, axis=1)
    return vectors_apart(first, second)["apart"], cosines


def test_a_linear_model_reads_the_cosine_out_again() -> None:
    apart, cosines = seen()
    compared = Comparison(apart[:500])(apart)
    assert compared.shape == (ROWS, WIDTH)
    weights = np.linalg.lstsq(compared[:500], cosines[:500] - cosines[:500].mean(), rcond=None)[0]
    assert np.corrcoef(compared[500:] @ weights, cosines[500:])[0, 1] > 0.9999


def test_the_cosine_has_its_share_and_no_number_holds_it_alone() -> None:
    apart, cosines = seen()
    compared = Comparison(apart)(apart)
    assert float((compared**2).sum(axis=1).mean()) == pytest.approx(1, rel=1e-3)
    standard = (cosines - cosines.mean()) / cosines.std()
    parts = compared.T @ standard / ROWS  # the cosine's weight in each number
    assert float((parts**2).sum()) == pytest.approx(SHARE_OF_COSINE, abs=0.1)
    assert float(np.abs(parts).max()) < 0.5


def test_pairs_that_are_all_alike_do_no_harm() -> None:
    apart, _ = seen()
    assert np.isfinite(Comparison(np.repeat(apart[:1], 8, axis=0))(apart)).all()
