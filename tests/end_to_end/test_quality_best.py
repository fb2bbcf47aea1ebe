"""`quality: best`: rates tried, seeds from one start, and an average that stock PEFT loads and the card tells of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_runs import pair_rows, token_recipe, write_splits

from made_once import made_once
from tunecard.adapters.methods.registry import METHODS
from tunecard.evidence import RunFolder
from tunecard.pipeline import run
from tunecard.verification import verify

pytestmark = pytest.mark.usefixtures("warm_processes")


def text_rows(count: int, seed: int) -> list[dict[str, Any]]:
    return [
        {"text": f"{row['premise']} and {row['hypothesis']}", "label": row["label"]} for row in pair_rows(count, seed)
    ]


@pytest.fixture(scope="module")
def best(tmp_path_factory: pytest.TempPathFactory, tiny_base: Callable[[str], Path]) -> RunFolder:
    sizes = {"train": 60, "validation": 60, "test": 40}
    data = made_once(tmp_path_factory, "data/many-texts", lambda folder: write_splits(folder, text_rows, sizes))
    recipe = token_recipe(tiny_base("bert"), data, quality="best")

    def make(folder: Path) -> Any:
        with pytest.MonkeyPatch.context() as patch:  # what a probe of a random base reads best is chance
            patch.setattr("tunecard.pipeline.learning.carries_vectors", lambda context, method: method in METHODS)
            return run(recipe, out=folder)

    return RunFolder(made_once(tmp_path_factory, "runs/best", make))


def test_what_was_tried_is_recorded_and_told(best: RunFolder) -> None:
    findings = best.read_findings()
    tried = findings.value("training.search")
    rates = [record["learning_rate"] for record in tried]
    asked = float(findings.value("training.hyperparameters")["learning_rate"])
    assert rates == [asked, asked / 2, asked * 2]
    assert [record["seed"] for record in findings.value("training.seeds")] == [42, 43, 44]
    soup = findings.value("training.soup")
    assert set(soup["seeds"]) <= {42, 43, 44}
    assert soup["validation"] >= max(record["validation"] for record in findings.value("training.seeds"))
    warm = findings.value("training.warm_start")
    assert warm["cosine_after"] > warm["cosine_before"]
    assert warm["rows"] > 60  # general sentences beside them
    card = best.card.read_text()
    assert "Rates tried, with their validation score" in card
    assert "was taught to read the mean of the frozen token vectors" in card


def test_validation_is_scored_as_the_average_was(best: RunFolder) -> None:
    findings = best.read_findings()
    assert findings.value("results.validation.accuracy") == pytest.approx(findings.value("training.soup")["validation"])


def test_it_is_consistent(best: RunFolder) -> None:
    report = verify(best.path)
    assert report.ok, [check for check in report.checks if check.ok is False]
