"""Seconds of a run from timed rates: each stage worked out by hand."""

from __future__ import annotations

import time
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from tunecard.measurement import process_cpu_seconds
from tunecard.measurement.estimate import AS_BEFORE, ASSUMED
from tunecard.pipeline import expected_stages as subject
from tunecard.pipeline.expected_stages import Timed, earliest_seconds, expected_stages, ways_to_be_faster
from tunecard.pipeline.timed_fits import TimedFits
from tunecard.pipeline.timed_training import TimedTraining

# 100 rows of 10 tokens, batches of 10, 4 epochs; 20 validation rows and 30 of test.
TRAINING = TimedTraining(
    loading=2.0, warm_up=0.5, a_token=0.01, predicted=0.001, timed_steps=5, total_steps=40, steps_an_epoch=10, trained=9
)  # fmt: skip


def timed(clock: Any = time.perf_counter, **changes: Any) -> Timed:
    plan = SimpleNamespace(early_stopping=changes.pop("early_stopping", False))
    plans = {
        "quality": "fast", "seeds": (0,), "precision": "bf16-mixed", "device": "cpu", "warm_start": "none",
        "starts_from_probe": True, "training": lambda seed: plan,
    }  # fmt: skip
    own = {name: changes.pop(name) for name in list(changes) if name in plans}
    encoded = {name: _Rows([10] * rows) for name, rows in (("train", 100), ("validation", 20), ("test", 30))}
    is_pair = changes.pop("is_pair", False)
    prepared: Any = SimpleNamespace(
        plans=SimpleNamespace(**plans | own), encoded=encoded, scored_tokens=500,
        dataset=SimpleNamespace(is_pair=is_pair, compares_texts=is_pair),
    )  # fmt: skip
    fits = changes.pop("fits", TimedFits(starting=1.0, all=3.0, probe=2.0, view="mean"))
    given = {"startup": 5.0, "reading": 1.5, "main": TRAINING, "controls": {}, "runs": 1}
    return Timed(prepared, clock, fits=fits, **given | changes)


class _Rows:
    def __init__(self, lengths: list[int]) -> None:
        self.lengths = lengths

    def __len__(self) -> int:
        return len(self.lengths)


@pytest.fixture(autouse=True)
def _no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "remembered_closings", lambda device: [])


def seconds(one: Timed) -> dict[str, float]:
    return {stage.name: stage.seconds for stage in expected_stages(one)}


def test_every_stage_by_hand() -> None:
    found = seconds(timed())
    assert found == pytest.approx(
        {
            "starting, reading data and base": 5 + 1.5,
            "simple things beside the adapter": 2 + (1000 + 500) * 0.001 + 1 + 3,
            "loading the base for training": 2 * 2,  # what was learned in bf16 is put on a base in fp32
            "start of the head": (1000 + 200) * 0.001 + 2,
            "training, 40 steps": 0.5 + 4 * 1000 * 0.01,
            "validation": (4 + 3) * 200 * 0.001,
            "scores, stock checks, card": 5 * (0.4 + 0.8) + 2 + 0.5,
        }
    )


def test_what_is_imported_beside_the_run_counts_where_processor_time_does() -> None:
    stage = expected_stages(timed(process_cpu_seconds))[-1]
    assert stage.seconds == pytest.approx(5 * (1 + 0.4 + 0.8) + 2 + 0.5) and stage.known == ASSUMED


def test_the_end_is_taken_from_earlier_runs_where_there_are_some(monkeypatch: pytest.MonkeyPatch) -> None:
    earlier = [SimpleNamespace(wall=wall, processor=2 * wall, scored_tokens=1000) for wall in (90.0, 8.0, 12.0, 11.0)]
    monkeypatch.setattr(subject, "remembered_closings", lambda device: earlier)
    stage = expected_stages(timed())[-1]
    assert stage.seconds == pytest.approx(11.5 - 1 + 0.5) and stage.known == AS_BEFORE  # the middle of four
    assert expected_stages(timed(process_cpu_seconds))[-1].seconds == pytest.approx(23 - 1 + 0.5)


def test_pairs_are_read_apart_once_more() -> None:
    more = seconds(timed(is_pair=True))["simple things beside the adapter"]
    assert more - seconds(timed())["simple things beside the adapter"] == pytest.approx(1.5)


def test_a_head_is_taught_without_labels_only_where_the_probe_asks_for_it() -> None:
    assert "head taught without labels" not in seconds(timed(warm_start="none"))
    assert "head taught without labels" not in seconds(timed(warm_start="mean", fits=TimedFits(view="first")))
    found = seconds(timed(warm_start="mean"))["head taught without labels"]
    steps = subject.steps_for("mean", 100)
    assert found == pytest.approx(steps * 32 * 10 * 0.01 + 18_000 * 0.001)


def test_seeds_in_one_pass_are_faster_than_one_after_the_other() -> None:
    found = seconds(timed(seeds=(0, 1), runs=2))
    assert found["training, 80 steps"] == pytest.approx(2 * 40.5 / 1.30)  # 100 tokens a step
    assert found["start of the head"] == pytest.approx(2 * 3.2)
    assert seconds(timed(seeds=(0, 1), runs=4, quality="best"))["start of the head"] == pytest.approx(3.2)


def test_a_control_costs_a_training_of_its_own() -> None:
    slow = replace(TRAINING, a_token=0.02)
    found = seconds(timed(controls={"full": slow}))["control 'full'"]
    assert found == pytest.approx(2 * 2 + 3.2 + 80.5 + 1.4 + 0.5)


def test_early_stopping_leaves_out_epochs_and_their_validations() -> None:
    assert earliest_seconds(timed(), []) is None
    one = timed(early_stopping=1)
    stages = expected_stages(one)
    whole = sum(stage.seconds for stage in stages)
    assert earliest_seconds(one, stages) == pytest.approx(whole - 40.5 / 2 - 2 * 0.2)
    assert earliest_seconds(timed(early_stopping=3), stages) is None  # four epochs are all of them


def test_what_would_be_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "tell_if_slow", lambda precision, device: None)
    ways = dict(ways_to_be_faster(timed(quality="balanced", precision="fp32", controls={"full": TRAINING})))
    assert list(ways) == ["quality: fast, a third of the steps", "training.precision: bf16-mixed", "no control 'full'"]
    monkeypatch.setattr(subject, "tell_if_slow", lambda precision, device: "slow here")
    assert not ways_to_be_faster(timed(precision="fp32"))
    assert dict(ways_to_be_faster(timed(quality="best", runs=4))) == {
        "quality: balanced, one training": pytest.approx(40.5 * 3)
    }


def test_what_layers_below_make_is_told_and_seeds_do_not_learn_together_over_it() -> None:
    kept = replace(TRAINING, below=0.002)
    found = seconds(timed(main=kept, seeds=(0, 1), runs=2, controls={"head": kept}))
    assert found["what frozen layers below make of the rows"] == pytest.approx(2 * 1000 * 0.002)
    assert found["training, 80 steps"] == pytest.approx(2 * (0.5 + 4 * 1000 * 0.01))
    without = seconds(timed(main=TRAINING, seeds=(0, 1), runs=2, controls={"head": TRAINING}))
    assert found["control 'head'"] == pytest.approx(without["control 'head'"] + 1000 * 0.002)
