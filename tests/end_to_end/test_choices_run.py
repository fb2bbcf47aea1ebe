"""Multiple choice from the recipe to the card, an adapter made elsewhere, and rows of a file."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from peft import LoraConfig, get_peft_model
from small_runs import PEOPLE, PLACES, answers_that_changed, compared_exports, token_recipe, write_splits
from transformers import AutoModelForMultipleChoice

from tunecard.evidence import RunFolder
from tunecard.inference.bulk.stream import predict_stream
from tunecard.inference.loading import load
from tunecard.pipeline import run
from tunecard.pipeline.completing import Completion, complete
from tunecard.reproduction.deep_checks import DeepVerification
from tunecard.training.warm_start import STEPS
from tunecard.verification import verify

pytestmark = pytest.mark.usefixtures("warm_processes")


def choice_rows(count: int, seed: int) -> list[dict[str, Any]]:
    """Two to four choices; right is the one that names the place."""
    draw = random.Random(seed)
    rows = []
    for number in range(count):
        place = draw.choice(PLACES)
        choices = [place, *draw.sample([one for one in PLACES if one != place], draw.randint(1, 3))]
        draw.shuffle(choices)
        asked = f"{draw.choice(PEOPLE)} lives in {place} since {1000 + number} ."
        rows.append({"question": asked, "choices": choices, "answerKey": "ABCD"[choices.index(place)]})
    return rows


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_splits(tmp_path_factory.mktemp("chosen"), choice_rows, {"train": 40, "validation": 20, "test": 20})


@pytest.fixture(scope="module")
def finished(data: Path, tiny_base: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    training = {"epochs": 2, "train_batch_size": 8, "warm_start": "apart"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tunecard.pipeline.warm_rows.PAIRS", 64)
        patch.setattr("tunecard.pipeline.learning._best_view", lambda context: "apart")  # a random base has no best
        patch.setitem(STEPS, "apart", (30, 30))
        recipe = token_recipe(tiny_base("bert"), data, training=training)
        return run(recipe, out=tmp_path_factory.mktemp("run") / "out")


def test_everything_that_was_said_is_found_again(
    finished: RunFolder, data: Path, tiny_base: Callable[[str], Path]
) -> None:
    report = verify(finished.path, DeepVerification(str(data), str(tiny_base("bert"))))
    assert report.ok, [check for check in report.checks if check.ok is False]
    made = {check.name for check in report.checks if check.ok}
    assert {"predicted again", "reloaded with stock PEFT", "get-started output", "scores"} <= made
    assert answers_that_changed(finished, data / "test.jsonl", tiny_base("bert")) == 0
    findings = finished.read_findings()
    assert findings.value("task.labels") == ["A", "B", "C", "D"]
    assert {"majority", "longest", "overlap", "frozen", "probe"} == {
        finding.id.split(".")[1]
        for finding in findings
        if finding.id.startswith("baseline.") and ".test." in finding.id
    }
    assert findings.value("adapter.head_start") == "probe"
    assert "conditional logit" in findings.get("training.head_probe").method
    warm = findings.get("training.warm_start")
    assert warm.reason or warm.value["view"] == "apart"
    assert "places of choices are no classes" in findings.get("data.suspect_labels.train").reason
    assert "Multiple choice" in finished.card.read_text(encoding="utf-8")


def test_rows_of_a_file_are_answered_as_the_run_was_scored(
    finished: RunFolder, data: Path, tiny_base: Callable[[str], Path], tmp_path: Path
) -> None:
    out = tmp_path / "answers.jsonl"
    predict_stream(load(finished.path, tiny_base("bert")), data / "test.jsonl", out)
    told = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["label"] for row in told] == finished.read_predictions("test").predictions
    for row in told:
        assert row["choice"] == row["choices"]["ABCD".index(row["label"])]
        assert len(row["probabilities"]) == len(row["choices"])
        assert row["probability"] == max(row["probabilities"])


def test_an_adapter_made_with_stock_peft_is_completed(
    data: Path, tiny_base: Callable[[str], Path], tmp_path: Path
) -> None:
    model = AutoModelForMultipleChoice.from_pretrained(tiny_base("bert"))
    config = LoraConfig(r=4, target_modules=["query", "value"], modules_to_save=["classifier"])
    get_peft_model(model, config).save_pretrained(tmp_path / "theirs")
    asked = Completion(
        tmp_path / "theirs", str(data), tmp_path / "out", task="multiple-choice", base=str(tiny_base("bert"))
    )
    made = complete(asked)
    assert verify(made.path).ok
    assert made.read_findings().get("results.test.accuracy").n == 20


def test_exports_give_the_same(
    finished: RunFolder, data: Path, tiny_base: Callable[[str], Path], tmp_path: Path
) -> None:
    assert set(compared_exports(finished, data, tiny_base("bert"), tmp_path)) == {(0, True)}
