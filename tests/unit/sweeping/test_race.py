"""Who is stopped early is decided by the median of those before, remembered, and never undone by hearing it again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tunecard.sweeping.race import Race, Stopped


def test_what_scores_below_the_median_of_those_before_is_stopped(tmp_path: Path) -> None:
    race = Race(tmp_path / "race.json")
    assert race.goes_on("a", 1, 0.8, 4)  # the first has nobody to be compared with
    assert not race.goes_on("b", 1, 0.7, 4)
    assert race.goes_on("c", 1, 0.75, 4)  # the median of 0.7 and 0.8
    assert race.goes_on("c", 2, 0.1, 4) and race.goes_on("c", 3, 0.1, 4)  # alone there; 3 is no rung
    assert race.goes_on("d", 1, 0.9, 1)  # it has come to its end
    assert race.stopped("b") == Stopped(1, 0.7) and race.stopped("a") is None


def test_a_race_that_was_left_is_gone_on_with(tmp_path: Path) -> None:
    first = Race(tmp_path / "race.json")
    first.goes_on("a", 1, 0.8, 4)
    first.goes_on("b", 1, 0.7, 4)
    again = Race(tmp_path / "race.json")
    assert again.stopped("b") == Stopped(1, 0.7)
    assert again.goes_on("a", 1, 0.1, 4)  # heard before: it went on, and still does
    assert not again.goes_on("c", 1, 0.74, 4)  # below the median of 0.8 and 0.7


def test_a_score_that_is_not_finite_is_the_worst(tmp_path: Path) -> None:
    race = Race(tmp_path / "race.json")
    race.goes_on("a", 1, 0.1, 4)
    assert not race.goes_on("b", 1, float("nan"), 4)


def test_decisions_are_those_of_ray_tune(tmp_path: Path) -> None:
    schedulers = pytest.importorskip("ray.tune.schedulers.async_hyperband", reason="the extra ray is not installed")
    bracket = schedulers._Bracket(1, 100, 2, 0)
    race, draw = Race(tmp_path / "race.json"), np.random.default_rng(1)
    running = {f"t{number}": 0 for number in range(12)}
    while running:
        name = str(draw.choice(sorted(running)))
        running[name] += 1
        score = float(draw.random())
        trial = type("Trial", (), {"trial_id": name})()
        goes_on = race.goes_on(name, running[name], score, 100)
        assert goes_on is (bracket.on_result(trial, running[name], score) == "CONTINUE")
        if not goes_on or running[name] == 9:
            del running[name]
