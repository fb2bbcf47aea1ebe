"""Many logistic regressions side by side, held to scikit-learn's, one label at a time."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from tunecard.fitting.choosing import Examples, choose
from tunecard.fitting.label_models import SURE, fit_labels, labels_kind, log_losses, sigmoid

ROWS, WIDTH = 200, 12


def drawn(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    dice = np.random.default_rng(seed)
    features = dice.normal(size=(ROWS, WIDTH))
    scores = features @ dice.normal(size=(WIDTH, 3)) + dice.normal(size=(ROWS, 3)) * 3
    return features, (scores > (0.0, 1.0, 4.0)).astype(np.int8)


@pytest.mark.parametrize("is_sparse", [False, True])
@pytest.mark.parametrize("c", [0.03, 3.0])
def test_each_label_has_the_model_that_scikit_learn_fits(c, is_sparse):
    features, targets = drawn()
    model = fit_labels(csr_array(features) if is_sparse else features, targets, c, tolerance=1e-9)
    for label in range(3):
        alone = LogisticRegression(C=c, tol=1e-9, max_iter=2000).fit(features, targets[:, label])
        assert model.weight[:, label] == pytest.approx(alone.coef_[0], abs=1e-5)
        assert model.bias[label] == pytest.approx(alone.intercept_[0], abs=1e-5)
        assert model.predict(features)[:, label] == pytest.approx(alone.predict_proba(features)[:, 1], abs=1e-6)


def test_a_label_that_no_row_has_or_every_row_is_answered_so():
    features, targets = drawn()
    targets[:, 0], targets[:, 1] = 0, 1
    model = fit_labels(features, targets, 1.0)
    assert model.bias[:2].tolist() == [-SURE, SURE]
    assert not model.weight[:, :2].any()
    assert (model.predict(features)[:, 2] > 0.5).any()


def test_the_penalty_is_chosen_by_the_log_loss_on_rows_that_were_held():
    (features, targets), (others, held) = drawn(), drawn(1)
    chosen = choose(
        labels_kind((1e-4, 0.1, 100.0)),
        Examples({"v": features}, targets, np.arange(ROWS)),
        Examples({"v": others}, held, np.arange(ROWS)),
    )
    losses = {
        c: np.mean([log_loss(held[:, k], fit_labels(features, targets, c).predict(others)[:, k]) for k in range(3)])
        for c in (1e-4, 0.1, 100.0)
    }
    assert chosen.penalty == min(losses, key=lambda c: losses[c])
    assert chosen.score == pytest.approx(min(losses.values()), rel=1e-4)
    assert chosen.chosen_on == "validation"


def test_folds_choose_where_nothing_is_held():
    features, targets = drawn()
    chosen = choose(labels_kind((0.1, 1.0)), Examples({"v": features}, targets, np.arange(ROWS)), None)
    assert chosen.chosen_on == "3 folds of train"


def test_log_losses_are_rows_means():
    assert log_losses(np.array([[1, 0]]), np.array([[0.5, 0.5]])) == pytest.approx([np.log(2)])
    assert sigmoid(np.array([1000.0, -1000.0])).tolist() == [1.0, 0.0]
