"""Which epoch is kept: the error of the best counts, and one copy is enough to hold on to."""

from __future__ import annotations

import math
from typing import get_args

import numpy as np
import pytest

from tunecard.metrics.election import Keep, elect


@pytest.mark.parametrize(
    ("scores", "errors", "kept"),
    [
        ([0.8, 0.76], [0.01, 0.1], 0),  # the best's error, not the later one's
        ([0.8, 0.76], [0.1, 0.01], 1),
        ([0.8, 0.8], [None, None], 1),
        ([0.7, 0.8, math.nan], [0.1, 0.0, 0.1], 1),
        ([math.nan, math.nan], [math.nan, None], 1),
        ([-math.inf, -3.0, -3.1], [math.nan, 0.2, 0.2], 2),
    ],
)
def test_the_last_that_is_level(scores: list[float], errors: list[float | None], kept: int) -> None:
    assert elect(scores, errors, "level") == kept


@pytest.mark.parametrize("keep", get_args(Keep))
def test_who_is_elected_at_the_end_was_the_last_to_be_elected_on_the_way(keep: Keep) -> None:
    """So a training that saves whoever is elected when it comes needs no second copy."""
    chance = np.random.default_rng(0)
    for _ in range(300):
        count = int(chance.integers(1, 9))
        scores = chance.choice([0.1, 0.2, 0.3, 0.35, 0.4], size=count).tolist()
        errors = chance.choice([0.0, 0.05, 0.1, 0.2], size=count).tolist()
        saved = [n for n in range(count) if elect(scores[: n + 1], errors[: n + 1], keep) == n]
        assert saved[-1] == elect(scores, errors, keep)
