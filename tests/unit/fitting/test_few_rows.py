"""A fit in the space of the rows comes to scikit-learn's model."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix, random_array
from sklearn.linear_model import LogisticRegression

from tunecard.fitting import linear_models
from tunecard.fitting.few_rows import LEAST_CLASSES, fit_few_rows, suits

ROWS, WIDTH, CLASSES = 60, 400, 5


def rows_of(seed: int, *, twice: bool = False) -> tuple[csr_matrix, np.ndarray]:
    """Sparse rows of about unit length with ids that three columns a class tell; some rows are there twice."""
    random = np.random.default_rng(seed)
    targets = random.integers(0, CLASSES, ROWS)
    dense = random_array((ROWS, WIDTH), density=0.05, rng=random, dtype=np.float32).toarray()
    dense[np.arange(ROWS), targets] += 1
    if twice:
        dense[ROWS // 2 :], targets[ROWS // 2 :] = dense[: ROWS // 2], targets[: ROWS // 2]
    return csr_matrix(dense / np.linalg.norm(dense, axis=1, keepdims=True)), targets


@pytest.mark.parametrize("c", [3.0, 30.0])
@pytest.mark.parametrize("twice", [False, True])
def test_it_comes_to_the_model_that_a_fit_on_the_features_comes_to(c, twice):
    features, targets = rows_of(1, twice=twice)
    others, _ = rows_of(2)
    want = LogisticRegression(C=c, tol=1e-5, max_iter=300).fit(features, targets + 10)
    found = fit_few_rows(LogisticRegression(C=c, tol=1e-5, max_iter=300), features, targets + 10)
    assert found.coef_.shape == want.coef_.shape
    assert np.abs(found.coef_ - want.coef_).max() <= 1e-3 * np.abs(want.coef_).max()
    assert np.abs(found.intercept_ - want.intercept_).max() <= 1e-3
    assert found.predict(others).tolist() == want.predict(others).tolist()
    assert np.abs(found.predict_proba(others) - want.predict_proba(others)).max() < 1e-3


def test_rows_that_are_nearly_the_same_are_fitted_too():
    """Products of rows summed in fp32 are off by more than such rows differ."""
    random = np.random.default_rng(5)
    dense = np.zeros((300, 6_000), dtype=np.float32)
    dense[:, :40] = 1 + 0.2 * random.random(40)
    dense[np.arange(300), 40 + np.arange(300)] = 1e-4
    targets = random.integers(0, CLASSES, 300)
    features = csr_matrix(dense / np.linalg.norm(dense, axis=1, keepdims=True))
    found = fit_few_rows(LogisticRegression(C=3.0), features, targets)
    assert np.isfinite(found.coef_).all()


def test_it_is_asked_where_features_are_sparse_and_many_and_classes_are_many(monkeypatch):
    features, targets = rows_of(4)
    assert suits(features, LEAST_CLASSES)
    assert not suits(features.toarray(), LEAST_CLASSES)
    assert not suits(features, LEAST_CLASSES - 1)
    assert not suits(features[:, : 2 * ROWS - 1], LEAST_CLASSES)
    asked = []
    monkeypatch.setattr(linear_models, "fit_few_rows", lambda *given: asked.append(given))
    targets[:LEAST_CLASSES] = np.arange(LEAST_CLASSES)
    linear_models.classes((3.0,)).fit(features, targets, 3.0)
    assert len(asked) == 1
