"""The temperature that is best for the likelihood, against scipy and by hand; and how it is undone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.metrics import log_loss

from tunecard.metrics.temperature import LEAST, MOST, fit_temperature, mean_nll, undo_temperature


def drawn(rows: int, classes: int, seed: int, sureness: float) -> tuple[np.ndarray, np.ndarray]:
    """Logits `sureness` times as large as those that the labels were drawn from."""
    dice = np.random.default_rng(seed)
    logits = dice.normal(scale=2.0, size=(rows, classes))
    labels = (logits + dice.gumbel(size=logits.shape)).argmax(axis=1)  # a draw from the softmax
    return logits * sureness, labels


def test_two_classes_by_hand() -> None:
    """Stated nine to one, right three to one: log 9 / T = log 3."""
    logits = np.array([[0.0, np.log(9)]] * 8)
    labels = np.array([1, 1, 1, 0] * 2)
    assert fit_temperature(logits, labels) == pytest.approx(2.0)
    assert mean_nll(logits / 2, labels) == pytest.approx(-(0.75 * np.log(0.75) + 0.25 * np.log(0.25)))


@given(st.integers(2, 9), st.integers(0, 10_000), st.floats(0.3, 6.0))
def test_nothing_has_a_smaller_loss(classes: int, seed: int, sureness: float) -> None:
    logits, labels = drawn(120, classes, seed, sureness)

    def loss(log_temperature: float) -> float:
        return float(-log_softmax(logits / np.exp(log_temperature), axis=1)[np.arange(120), labels].mean())

    best = minimize_scalar(loss, bounds=(np.log(LEAST), np.log(MOST)), method="bounded", options={"xatol": 1e-9})
    found = fit_temperature(logits, labels)
    assert loss(np.log(found)) <= best.fun + 1e-12
    assert found == pytest.approx(np.exp(best.x), rel=1e-4)


def test_many_rows_give_back_the_temperature_that_they_were_made_with() -> None:
    logits, labels = drawn(20_000, 5, 3, 2.5)
    assert fit_temperature(logits, labels) == pytest.approx(2.5, rel=0.05)


def test_a_shift_of_all_logits_changes_nothing() -> None:
    logits, labels = drawn(80, 4, 1, 2.0)
    assert fit_temperature(logits + 1e4, labels) == pytest.approx(fit_temperature(logits, labels), rel=1e-6)


@pytest.mark.parametrize("scale", [0.5, 5.0, 500.0])
def test_labels_that_are_all_right_drive_it_to_its_least(scale: float) -> None:
    logits, _ = drawn(60, 4, 2, scale)
    assert fit_temperature(logits, logits.argmax(axis=1)) == LEAST


def test_labels_that_are_all_wrong_drive_it_to_its_most() -> None:
    logits, _ = drawn(60, 4, 2, 3.0)
    assert fit_temperature(logits, logits.argmin(axis=1)) == MOST


def test_the_loss_is_that_of_scikit_learn() -> None:
    logits, labels = drawn(90, 3, 5, 4.0)
    assert mean_nll(logits, labels) == pytest.approx(log_loss(labels, softmax(logits, axis=1), labels=[0, 1, 2]))


@given(st.integers(0, 1000), st.floats(0.2, 5.0))
def test_undoing_gives_the_probabilities_of_the_logits_before(seed: int, temperature: float) -> None:
    logits, _ = drawn(20, 6, seed, 1.0)
    shipped = softmax(logits / temperature, axis=1).astype(np.float32)  # as a predictions file holds them
    assert undo_temperature(shipped, temperature) == pytest.approx(softmax(logits, axis=1), abs=1e-5)


def test_undoing_keeps_what_was_rounded_to_0() -> None:
    assert undo_temperature(np.array([[1.0, 0.0], [0.5, 0.5]]), 2.0).tolist() == [[1.0, 0.0], [0.5, 0.5]]
