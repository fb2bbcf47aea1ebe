"""What several seeds came to, as records: each score, and the figures that the card quotes of them."""

from __future__ import annotations

import pytest

from tunecard.reporting.training import seed_findings

SEEDS = [{"seed": seed, "validation": 0.7, "test": test} for seed, test in ((1, 0.5), (2, 0.9), (3, 0.7))]


def test_seeds_and_their_spread_are_records() -> None:
    every, spread = seed_findings(SEEDS, "macro_f1")
    assert (every.id, every.value, every.n) == ("training.seeds", SEEDS, 3)
    assert (spread.id, spread.status, spread.n) == ("training.seeds_summary", "derived", 3)
    assert spread.value == {"mean": pytest.approx(0.7), "lowest": 0.5, "highest": 0.9}


def test_a_single_seed_has_no_spread() -> None:
    assert seed_findings(SEEDS[:1], "macro_f1") == []


def test_seeds_without_a_test_score_have_no_spread() -> None:
    records = [{"seed": seed, "validation": 0.7, "test": None} for seed in (1, 2)]
    assert [finding.id for finding in seed_findings(records, "macro_f1")] == ["training.seeds"]
