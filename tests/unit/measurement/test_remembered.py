"""What the end of a run took is kept in the cache folder for later dry runs, and nothing depends on it."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tunecard.measurement import ClosingClock, remembered, remembered_closings
from tunecard.measurement.remembered import KEPT


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TUNECARD_CACHE", str(tmp_path))
    monkeypatch.setattr(remembered, "process_cpu_seconds", lambda: 7.0)
    monkeypatch.setattr(remembered, "_threads", lambda: 2.0)
    return tmp_path / "seconds" / "closing.json"


def usage(controls: float = 0.0) -> Any:
    stages = [SimpleNamespace(name="training", seconds=50.0, cpu_seconds=50.0)]
    if controls:
        stages.append(SimpleNamespace(name="controls", seconds=controls, cpu_seconds=controls))
    return SimpleNamespace(stages=stages)


def remember(monkeypatch: pytest.MonkeyPatch, wall: float, controls: float = 0.0, device: str = "cpu") -> None:
    monkeypatch.setattr(remembered.time, "perf_counter", lambda: 100.0)
    clock = ClosingClock()
    monkeypatch.setattr(remembered.time, "perf_counter", lambda: 100.0 + wall)
    monkeypatch.setattr(remembered, "process_cpu_seconds", lambda: 7.0 + wall + 1)
    clock.remember(usage(controls), device, 500)


def test_seconds_without_the_controls_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(remembered_closings("cpu")) == []
    remember(monkeypatch, 30.0, controls=10.0)
    (found,) = remembered_closings("cpu")
    assert (found.wall, found.scored_tokens, found.threads) == (20.0, 500, 2.0)
    assert found.processor == pytest.approx(21.0)


def test_other_devices_threads_and_versions_are_no_measure(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    remember(monkeypatch, 30.0, device="cuda")
    assert not remembered_closings("cpu") and len(remembered_closings("cuda")) == 1
    monkeypatch.setattr(remembered, "_threads", lambda: 1.0)
    assert not remembered_closings("cuda")
    monkeypatch.setattr(remembered, "_threads", lambda: 2.0)
    monkeypatch.setattr(remembered, "__version__", "99")
    assert not remembered_closings("cuda")


def test_only_the_newest_are_kept(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    for number in range(KEPT + 3):
        remember(monkeypatch, float(number + 1))
        monkeypatch.setattr(remembered, "process_cpu_seconds", lambda: 7.0)
    assert [one.wall for one in remembered_closings("cpu")] == [float(number + 4) for number in range(KEPT)]
    assert len(json.loads(file.read_text())) == KEPT


@pytest.mark.parametrize("content", ["", "{}", '[{"wall": -1}]', "[1, 2]"])
def test_a_broken_file_is_no_memory_and_no_error(content: str, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.parent.mkdir()
    file.write_text(content)
    assert list(remembered_closings("cpu")) == []
    remember(monkeypatch, 5.0)
    assert [one.wall for one in remembered_closings("cpu")] == [5.0]


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "seconds").write_text("a file in the way")
    remember(monkeypatch, 5.0)
    assert list(remembered_closings("cpu")) == []


def test_controls_of_an_earlier_attempt_spoil_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    remember(monkeypatch, 30.0, controls=45.0)
    assert list(remembered_closings("cpu")) == []
