"""What a run used, over all its attempts: what was cut short is told apart, and a killed process leaves a trace."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tunecard.measurement import Counter, Meters, StageUsage
from tunecard.measurement.usage import FILE, ResourceUsage

NO_METERS = Meters((), {"processor": "no RAPL"})


def spending(folder: Path, meters: Meters = NO_METERS) -> ResourceUsage:
    return ResourceUsage(folder, time.perf_counter(), meters)


def counting(joules: float) -> Meters:
    """A counter that gains so many joules each time it is read."""
    count = iter(range(10**6))
    return Meters((Counter("RAPL package-0", "processor", lambda: joules * next(count)),), {})


def test_a_stage_that_ends_counts_under_its_name(tmp_path: Path) -> None:
    spent = spending(tmp_path)
    with spent.kept(), spent.stage("training") as stage:
        time.sleep(0.02)
    assert [usage.name for usage in spent.stages] == ["training"]
    assert spent.stages[0] == stage.usage and stage.usage.seconds >= 0.02
    assert spent.failed_attempts == 0


def test_an_attempt_that_breaks_off_counts_apart_and_the_next_goes_on(tmp_path: Path) -> None:
    first = spending(tmp_path)
    with pytest.raises(KeyboardInterrupt), first.kept():
        with first.stage("training"):
            pass
        with first.stage("evaluation"):
            time.sleep(0.2)
            raise KeyboardInterrupt
    second = spending(tmp_path)
    assert second.failed_attempts == 1
    with second.kept(), second.stage("evaluation"):
        pass
    used = {usage.name: usage.seconds for usage in second.stages}
    assert list(used) == ["training", "evaluation", "failed"]  # what was cut short comes last
    assert used["failed"] >= 0.2 and used["failed"] > used["evaluation"]
    assert spending(tmp_path).stages == second.stages
    assert second.seconds() >= sum(used.values())


def test_what_a_killed_process_used_is_known_up_to_its_last_sign_of_life(tmp_path: Path) -> None:
    spent = spending(tmp_path)
    with spent.stage("training") as stage:
        stage._tell_so_far()  # as the light thread does now and then
        left = (tmp_path / FILE).read_text()  # the process is killed here
    (tmp_path / FILE).write_text(left)
    known = spending(tmp_path)
    assert known.failed_attempts == 1
    assert [usage.name for usage in known.stages] == ["failed"]
    assert 0 < known.stages[0].seconds <= stage.usage.seconds


def test_a_finished_attempt_leaves_nothing_running(tmp_path: Path) -> None:
    spent = spending(tmp_path)
    with spent.kept(), spent.stage("training") as stage:
        stage._tell_so_far()
    assert "running" not in json.loads((tmp_path / FILE).read_text())
    assert spending(tmp_path).failed_attempts == 0


def test_each_stage_is_metered_over_all_attempts(tmp_path: Path) -> None:
    for _ in range(2):
        spent = spending(tmp_path, counting(1.8e6))  # half a kWh from one reading to the next: a stage is read twice
        with spent.kept(), spent.stage("training"):
            pass
    assert spent.readings["training"].processor_kwh == pytest.approx(1.0)
    assert spent.readings["training"].accelerator_kwh is None


def test_energy_metered_in_some_attempts_only_does_not_pass_for_the_whole(tmp_path: Path) -> None:
    for meters in (counting(1.8e6), NO_METERS):
        spent = spending(tmp_path, meters)
        with spent.kept(), spent.stage("training"):
            pass
    assert spent.readings["training"].processor_kwh is None


def test_records_of_earlier_versions_are_read(tmp_path: Path) -> None:
    stage = {"name": "training", "seconds": 3.0, "cpu_seconds": 5.0, "peak_memory_bytes": 7}
    (tmp_path / FILE).write_text(json.dumps({"seconds": 4.0, "stages": [stage]}))
    spent = spending(tmp_path)
    assert spent.stages == [StageUsage("training", 3.0, 5.0, 7)]
    assert spent.failed_attempts == 0 and spent.seconds() >= 4.0


def test_a_sign_of_life_that_cannot_be_written_ends_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("no space")

    monkeypatch.setattr("tunecard.measurement.usage.write_json", full)
    with spending(tmp_path).stage("training") as stage:
        stage._tell_so_far()
    assert stage.usage.seconds > 0
