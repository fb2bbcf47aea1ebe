"""The conditional logit against scikit-learn where rows have two choices, and against torch's gradient where more."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from torch.nn import functional

from tunecard.fitting.choice_models import ChoiceModel, fit_choices

TRUE = np.array([1.0, -2.0, 0.5, 0.0])


def choices(rows: int, counts: tuple[int, ...], seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(M, 4) features, rows and whether a choice is right, in a shuffled order: nobody promised another."""
    draw = np.random.default_rng(seed)
    sizes = [counts[row % len(counts)] for row in range(rows)]
    of_row = np.repeat(np.arange(rows) * 3, sizes)
    features = draw.normal(size=(len(of_row), 4))
    scores = features @ TRUE + draw.gumbel(size=len(of_row))
    is_right = np.array([scores[place] == scores[of_row == row].max() for place, row in enumerate(of_row)])
    order = draw.permutation(len(of_row))
    return features[order], of_row[order], is_right[order]


@pytest.mark.parametrize("c", [0.01, 1.0])
def test_of_two_choices_it_is_logistic_regression_of_their_difference(c: float) -> None:
    features, rows, is_right = choices(60, (2,))
    by_row = [np.flatnonzero(rows == row) for row in np.unique(rows)]
    differences = np.stack([features[one] - features[other] for one, other in by_row])
    first = np.array([is_right[one] for one, _ in by_row])
    stock = LogisticRegression(C=c, fit_intercept=False, tol=1e-8).fit(differences, first)
    np.testing.assert_allclose(fit_choices(features, rows, is_right, c).weight, stock.coef_[0], atol=1e-4)


def test_of_more_choices_torch_finds_no_way_down() -> None:
    features, rows, is_right = choices(50, (2, 3, 5))
    weight = torch.tensor(fit_choices(features, rows, is_right, 0.5).weight, requires_grad=True)
    losses = []
    for row in np.unique(rows):
        places = np.flatnonzero(rows == row)
        right = torch.tensor(int(np.flatnonzero(is_right[places])[0]))
        losses.append(functional.cross_entropy(torch.from_numpy(features[places]) @ weight, right))
    (slope,) = torch.autograd.grad(0.5 * torch.stack(losses).sum() + weight.square().sum() / 2, weight)
    assert float(slope.abs().max()) < 1e-3
    assert np.corrcoef(weight.detach().numpy(), TRUE)[0, 1] > 0.95


def test_a_row_is_wrong_where_another_choice_has_the_largest_score() -> None:
    model = ChoiceModel(np.array([1.0]))
    rows, is_right = np.array([7, 4, 7, 4, 4]), np.array([True, False, False, True, False])
    said = model.wrong(np.array([[0.2], [3.0], [0.1], [1.0], [0.0]]), rows, is_right)
    assert said.tolist() == [True, False]  # of rows 4 and 7
    assert model.wrong(np.zeros((5, 1)), rows, is_right).tolist() == [True, True]  # nothing is told apart
