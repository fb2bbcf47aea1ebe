"""Loading and predicting in a process of its own: times, peaks and the least memory; what is wrong is told, not guessed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from torch import nn
from transformers import AutoTokenizer

from little_effort import IN_USE
from tunecard.encoders import locate_base
from tunecard.errors import AdapterError
from tunecard.evidence import Finding, Findings, RunFolder, measured
from tunecard.examination import Subject, memory, speed, use_script
from tunecard.examination.memory import Memory
from tunecard.examination.speed import Speed
from tunecard.examination.use_script import between
from tunecard.rows.dataset import Split
from tunecard.tasks.text_classification import TextClassification
from tunecard.verification.told_speeds import speed_problems

MIB = 2**20
ANSWER = IN_USE


def subject_of(folder: Path, base: Path | None, rows: int = 3) -> Subject:
    split = Split(
        "test", list(range(rows)), {"text": ["Why was I charged a fee?"] * rows}, ["news"] * rows, {}, "given", {}
    )
    task = TextClassification(("news", "sport", "weather"))
    known = {} if base is None else {"base": locate_base(str(base)), "tokenizer": AutoTokenizer.from_pretrained(base)}
    return Subject(RunFolder(folder), nn.Identity(), task, split, None, lambda rows: None, 0, max_length=32, **known)  # type: ignore[arg-type,return-value]


def test_an_adapter_is_loaded_timed_and_weighed_in_processes_of_their_own(
    tmp_path: Path, tiny_base: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tiny_adapters import make_adapter
    from tunecard.examination.in_use import ask_in_use

    run = make_adapter(tmp_path / "run", tiny_base("bert"), "text-classification", evidence={"task.is_pair": False})
    answer = ask_in_use(subject_of(run.path, tiny_base("bert")), "memory")
    one, many = answer["peaks"]
    assert (one["rows"], many["rows"]) == (1, 32) and 50 * MIB < one["peak_bytes"] < 5000 * MIB
    assert answer["runs"] - answer["fails"] == answer["grid"] >= 64 * MIB and answer["tried"] >= 2
    assert run.evidence.is_file() and answer["threads"] >= 1


def canned(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    for module in (speed, memory):
        monkeypatch.setattr(module, "ask_in_use", lambda subject, what: ANSWER | changes)


def test_what_the_processes_say_becomes_records(
    tmp_path: Path, tiny_base: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    canned(monkeypatch)
    subject = subject_of(tmp_path, tiny_base("bert"))
    found = Findings([*Speed().run(subject, 0), *Memory().run(subject, 0)])
    assert found.value("prediction.load_seconds") == 0.8 and found["prediction.load_seconds"].interval == (0.7, 0.9)
    assert found.value("prediction.latency_ms") == pytest.approx(11.0)
    assert found.value("prediction.rows_per_second") == pytest.approx(160.0)
    assert found.value("prediction.peaks") == ANSWER["peaks"]
    least = found["prediction.least_memory_bytes"]
    assert (least.value, least.interval, least.n) == (640 * MIB, (576 * MIB, 640 * MIB), 5)
    assert "cap of 640 MiB, and failed under 576 MiB" in str(least.method) and "RLIMIT_DATA" in str(least.method)
    assert not list(speed_problems(found)) and subject.passes.spent == 0


def test_a_system_without_caps_and_an_adapter_that_cannot_be_loaded_are_told(
    tmp_path: Path, tiny_base: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = subject_of(tmp_path, tiny_base("bert"))
    canned(monkeypatch, reason="only Linux holds a process to a cap")
    peaks, least = Memory().run(subject, 0)
    assert peaks.status == "measured" and (least.status, least.reason) == (
        "not measured", "only Linux holds a process to a cap"
    )  # fmt: skip

    def broken(subject: Subject, what: str) -> Any:
        raise AdapterError("no head")

    for module in (speed, memory):
        monkeypatch.setattr(module, "ask_in_use", broken)
    assert {one.reason for one in [*Speed().run(subject, 0), *Memory().run(subject, 0)]} == {"no head"}
    assert "base are not at hand" in str(Speed().run(subject_of(tmp_path, None), 0)[0].reason)
    assert "no row" in str(Memory().run(subject_of(tmp_path, tiny_base("bert"), 0), 0)[0].reason)


@pytest.mark.parametrize(("least", "low", "high"), [(9, 3, 11), (4, 3, 11), (23, 3, 11), (11, 10, 11)])
def test_the_least_step_that_runs_is_found_by_halves(least: int, low: int, high: int) -> None:
    asked: list[int] = []

    def runs(steps: int) -> bool:
        asked.append(steps)
        return steps >= least

    assert between(runs, low, high, 100) == (least - 1, least)
    assert asked[0] == low and len(asked) <= 8


@pytest.mark.parametrize("near", range(12))
@pytest.mark.parametrize("least", range(4, 24))
def test_a_guess_changes_only_how_often_is_asked(least: int, near: int) -> None:
    asked: list[int] = []

    def runs(steps: int) -> bool:
        asked.append(steps)
        return steps >= least

    assert between(runs, 3, 11, 100, near) == (least - 1, least)
    if near in (least - 1, least) and 3 < near < 11:
        assert len(set(asked)) <= 3  # what leaves no memory, the guess, and its neighbour


def test_a_cap_that_holds_nobody_back_and_one_that_nobody_keeps_are_told() -> None:
    assert "does not hold it to one" in between(lambda steps: True, 3, 11, 100)
    assert "no cap was found" in between(lambda steps: False, 3, 11, 30)


def test_a_process_that_dies_says_nothing_and_one_that_answers_is_heard() -> None:
    assert use_script.apart(lambda: {"told": 7}) == {"told": 7}
    assert use_script.apart(lambda: 1 / 0) is None


FORGERIES: list[tuple[int | None, str, float | list[float], str]] = [
    (0, "percentile_95_ms", 9.0, "percentile_95_ms of 1 rows"),
    (0, "median_interval", [12.0, 13.0], "median_interval of 1 rows"),
    (1, "rows_per_second", 1600.0, "rows_per_second of 32 rows"),
    (1, "tokens_a_row", 60.0, "tokens_per_second of 32 rows"),
    (0, "median_ms", 5.0, "latency_ms is not what"),
]


@pytest.mark.parametrize(("place", "key", "value", "told"), FORGERIES)
def test_a_forged_time_contradicts_what_stands_beside_it(
    tmp_path: Path, tiny_base: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, place: int, key: str,
    value: Any, told: str,
) -> None:  # fmt: skip
    canned(monkeypatch)
    honest = Speed().run(subject_of(tmp_path, tiny_base("bert")), 0)
    records = [dict(one) for one in honest[0].value]
    records[place][key] = value
    forged: list[Finding] = [measured("prediction.speed", records, n=12, method="x"), *honest[1:]]
    assert any(told in problem for problem in speed_problems(Findings(forged)))
