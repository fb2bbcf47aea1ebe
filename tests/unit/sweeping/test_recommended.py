"""Which of the settings that were tried to take."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tunecard.sweeping.swept import Sweep


def tried(name: str, parameters: int, seconds: float, *, is_level: bool = True) -> Any:
    return SimpleNamespace(name=name, parameters=parameters, seconds=seconds, is_level=is_level)


@pytest.mark.parametrize(
    ("settings", "taken"),
    [
        ([tried("best", 9, 1), tried("small", 4, 9), tried("smallest", 2, 1, is_level=False)], "small"),
        ([tried("best", 4, 9), tried("faster", 4, 1)], "best"),  # seconds of one machine tell nothing of the next
        ([tried("best", 9, 9), tried("second", 4, 9), tried("third", 4, 1)], "second"),
        ([tried("best", 9, 9)], "best"),
    ],
)
def test_of_those_level_with_the_best_the_fewest_parameters_and_of_equals_the_best_score(
    settings: list[Any], taken: str
) -> None:
    found = Sweep(Path("sweep"), settings, [], cast("Any", None)).recommended
    assert cast("Any", found).name == taken
