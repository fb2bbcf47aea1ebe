"""Question answering from the recipe to the card: windows, questions without an answer, and a threshold that is kept."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_runs import PEOPLE, PLACES, answers_that_changed, compared_exports, token_recipe, write_splits

from tunecard.evidence import RunFolder
from tunecard.inference.bulk.stream import predict_stream
from tunecard.inference.loading import load
from tunecard.pipeline import run
from tunecard.reproduction.deep_checks import DeepVerification
from tunecard.verification import verify

pytestmark = pytest.mark.usefixtures("warm_processes")


def question_rows(count: int, seed: int) -> list[dict[str, Any]]:
    """Contexts of several windows; every fourth has no answer."""
    draw = random.Random(seed)
    rows = []
    for number in range(count):
        person, place = draw.choice(PEOPLE), draw.choice(PLACES)
        context = f"a man plays the guitar . {person} lives in {place} since {1000 + number} . the river is long ."
        answers = {"text": [place], "answer_start": [context.index(place)]}
        none = {"text": [], "answer_start": []}
        asked = {"question": "in which city ?", "context": context, "answers": answers}
        rows.append(asked if number % 4 else {**asked, "question": "who ?", "answers": none})
    return rows


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_splits(tmp_path_factory.mktemp("asked"), question_rows, {"train": 48, "validation": 24, "test": 24})


@pytest.fixture(scope="module")
def finished(data: Path, tiny_base: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return run(token_recipe(tiny_base("bert"), data), out=tmp_path_factory.mktemp("run") / "out")


def test_everything_that_was_said_is_found_again(
    finished: RunFolder, data: Path, tiny_base: Callable[[str], Path]
) -> None:
    report = verify(finished.path, DeepVerification(str(data), str(tiny_base("bert"))))
    assert report.ok, [check for check in report.checks if check.ok is False]
    made = {check.name for check in report.checks if check.ok}
    assert {"predicted again", "reloaded with stock PEFT", "get-started output", "scores"} <= made
    assert answers_that_changed(finished, data / "test.jsonl", tiny_base("bert")) == 0


def test_no_answer_is_scored_apart_and_its_threshold_is_kept(finished: RunFolder) -> None:
    findings = finished.read_findings()
    config = json.loads(finished.model_config.read_text())
    assert findings.value("task.labels") == ["start or none", "end or none"]
    assert config["null_threshold"] == findings.value("task.null_threshold")
    assert findings.get("results.test.has_answer.f1").n == 18
    assert findings.get("results.test.no_answer.exact_match").n == 6
    assert findings.value("data.test.truncated_rows") == 0
    assert findings.value("training.hyperparameters")["on_long"] == "stride"
    stored = finished.read_predictions("test")
    assert stored.labels[0] == [] and stored.labels[1][0] in PLACES
    assert all(isinstance(said, str) for said in stored.predictions)
    card = finished.card.read_text(encoding="utf-8")
    assert "config.null_threshold" in card and "Exact match" in card


def test_rows_of_a_file_are_answered_as_the_run_was_scored(
    finished: RunFolder, data: Path, tiny_base: Callable[[str], Path], tmp_path: Path
) -> None:
    predictor = load(finished.path, tiny_base("bert"))
    out = tmp_path / "answers.jsonl"
    predict_stream(predictor, data / "test.jsonl", out)
    told = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["answer"] for row in told] == finished.read_predictions("test").predictions
    for row in told:
        assert row["context"][row["start"] : row["end"]] == row["answer"]
        assert row["candidates"][0]["text"] == row["answer"]
        assert row["probability"] == max(one["probability"] for one in row["candidates"])
    parquet = tmp_path / "answers.parquet"
    predict_stream(predictor, data / "test.jsonl", parquet, only_predictions=True)
    assert parquet.is_file()
    assert predictor.fault_of("a text") == (
        "must be a question and its context. Give both: a pair, or columns question and context."
    )


def test_exports_give_the_same(
    finished: RunFolder, data: Path, tiny_base: Callable[[str], Path], tmp_path: Path
) -> None:
    assert set(compared_exports(finished, data, tiny_base("bert"), tmp_path)) == {(0, True)}
