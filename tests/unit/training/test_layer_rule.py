"""How many top layers learn, by probes of the frozen ones: what is not known speaks for learning."""

from __future__ import annotations

import numpy as np
import pytest

from tunecard.training.frozen_features import FrozenFeatures
from tunecard.training.layer_probes import LayerProbes, compared
from tunecard.training.layer_rule import layers_that_pay
from tunecard.training.linear_probes import LinearProbe


def probes(*behind: float, error: float = 0.02) -> LayerProbes:
    return LayerProbes("accuracy", [0.9 - one for one in behind], [(one, error) for one in behind], 1000, 500)


@pytest.mark.parametrize(
    ("behind", "top"),
    [
        ((0.1, 0.1, 0.1, 0.0, 0.01, 0.1), 3),  # half at least
        ((0.1, 0.01, 0.0, 0.0, 0.01, 0.1), 4),
        ((0.0, 0.01, 0.0, 0.0, 0.01, 0.0), 5),  # nothing tells them apart
        ((0.1, 0.1, 0.1, 0.1, 0.05, 0.0), 6),  # each layer says more than those below
        ((0.3, 0.0, 0.1), 2),
        ((0.0,), 1),
    ],
)
def test_layers_above_the_lowest_that_says_as_much_learn(behind: tuple[float, ...], top: int) -> None:
    assert layers_that_pay(probes(*behind))[0] == top


def test_fewer_rows_let_more_layers_learn() -> None:
    behind = (0.06, 0.03, 0.0, 0.02, 0.05, 0.06)
    found = [layers_that_pay(probes(*behind, error=error))[0] for error in (0.01, 0.04, 0.1)]
    assert found == [3, 4, 5]


def test_the_reason_names_the_layer_and_the_bound() -> None:
    assert layers_that_pay(probes(0.1, 0.1, 0.1, 0.0))[1] == (
        "no layer below the top one, frozen, says as much of the labels as layer 4 does"
    )
    top, why = layers_that_pay(probes(0.1, 0.1, 0.0, 0.1))
    assert top == 2
    assert why.startswith("layer 3 of 4, frozen, says as much of the labels as any")
    assert why.endswith("and half of the layers learn at least")


def test_probes_are_compared_decision_by_decision_and_rows_err_whole() -> None:
    def probe(errors: list[int]) -> LinearProbe:
        zeros = np.zeros((2, 3), dtype=np.float32)
        score = 1 - sum(errors) / len(errors)
        return LinearProbe(zeros, zeros[:, 0], "any", {}, score, "accuracy", errors=np.array(errors))

    rows = np.array([0, 0, 1, 1])
    held = FrozenFeatures(np.zeros((4, 3)), np.zeros(4), rows, np.array([0, 1, 0, 1]))
    found = compared([probe([1, 1, 0, 0]), probe([0, 0, 0, 0])], held, 9)
    assert (found.scores, found.learned, found.held) == ([0.5, 1.0], 9, 4)
    # differences 1 1 | 0 0, mean 0.5: by row 1 and -1, so that the standard error is sqrt(2) / 4
    assert found.behind == [(0.5, pytest.approx(2**0.5 / 4)), (0.0, 0.0)]
    assert found.is_level == [False, True]
