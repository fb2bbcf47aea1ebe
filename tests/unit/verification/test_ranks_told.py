"""What is told of several processes adds up, or `verify` says what does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tunecard.evidence import Findings, RunFolder, measured
from tunecard.verification.course import check_course

SHARES = [{"rank": 0, "hardware": "a", "tokens": 60}, {"rank": 1, "hardware": "a", "tokens": 40}]


def problems(ranks: Any, shares: Any) -> str:
    told = Findings([
        measured("training.hyperparameters", {"epochs": 1}),
        measured("training.curve", [{"epoch": 1, "step": 4}]),
        measured("training.tokens_per_second", 10.0, n=100),
        measured("training.ranks", ranks),
        measured("training.rank_shares", shares, n=100),
    ])  # fmt: skip
    check = check_course(RunFolder(Path("nowhere")), told)
    return "" if check.ok else str(check.detail)


def test_shares_that_add_up_are_held_to_be_right() -> None:
    assert problems(2, SHARES) == ""
    went_on_alone = [
        *SHARES[:1],
        {"rank": 1, "hardware": "a", "tokens": 10},
        {"rank": 0, "hardware": "b", "tokens": 30},
    ]
    assert problems(2, went_on_alone) == ""


@pytest.mark.parametrize(
    ("ranks", "shares", "said"),
    [
        (2, [SHARES[0], {**SHARES[1], "tokens": 41}], "adds up to 101 tokens, training.tokens_per_second counts 100"),
        (3, SHARES, "tells of the ranks"),
        (2, [SHARES[0], {**SHARES[1], "rank": 2}], "tells of the ranks"),
        (2, [SHARES[0], {"rank": 1, "hardware": "a"}], "must tell rank and tokens of each process"),
        (2, [], "must tell rank and tokens of each process"),
    ],
)
def test_what_does_not_add_up_is_told(ranks: int, shares: Any, said: str) -> None:
    assert said in problems(ranks, shares)
