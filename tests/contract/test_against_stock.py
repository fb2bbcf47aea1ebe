"""benchmarks/quality_against_stock.py: stock learns the rows that tunecard read, and differences are paired."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tunecard.adapters.methods.recipes import check_recipe
from tunecard.evidence.predictions import Predictions
from tunecard.pipeline.path import prepare
from tunecard.pipeline.plans import Plans
from tunecard.tasks import TASKS

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
WORDS = ("card", "river", "music")


@pytest.fixture(autouse=True)
def _scripts_import_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))


@pytest.fixture
def rows(tmp_path: Path, tiny_base: Callable[[str], Path]) -> Any:
    """Prepared rows of label sets: a label for each word of a text."""
    for split, count in (("train", 48), ("validation", 12), ("test", 9)):
        chosen = [[WORDS[place % 3], WORDS[(place * 2 + 1) % 3]][: 1 + place % 2] for place in range(count)]
        lines = [json.dumps({"text": " ".join(words), "labels": sorted(set(words))}) for words in chosen]
        (tmp_path / f"{split}.jsonl").write_text("\n".join(lines) + "\n")
    source = {"base_model": str(tiny_base("bert")), "task": "multi-label", "data": {"source": str(tmp_path)}}
    return prepare(Plans(check_recipe(source)))


def test_stock_learns_sets_of_labels_and_is_decided_in_two_ways(
    rows: Any, tiny_base: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    sides, script = import_module("stock_sides"), import_module("quality_against_stock")
    monkeypatch.setattr(sides, "locate_base", lambda name: SimpleNamespace(folder=tiny_base("bert")))
    side = sides.stock_side(rows, sides.StockSettings(epochs=2, learning_rate=2e-2, keeps_best=True))
    assert side.model.config.problem_type == "multi_label_classification"
    before = side.logits("test")
    assert side.train() > 0
    after = side.logits("test")
    assert len(after) == 9 and all(one.shape == (3,) for one in after)
    assert not np.allclose(np.stack(before), np.stack(after))
    found = script.answers(rows, side)
    assert list(found) == ["as it stands", "thresholds chosen on validation"]
    plain, told = found["as it stands"]
    assert told == {} and plain.rows == rows.dataset.splits["test"].rows
    given = [[label for label, logit in zip(rows.task.labels, one, strict=True) if logit >= 0] for one in after]
    assert plain.predictions == given  # half of a probability
    assert set(found["thresholds chosen on validation"][1]["thresholds"]) == set(WORDS)


def test_a_difference_is_of_the_same_rows(rows: Any) -> None:
    script, gold = import_module("quality_against_stock"), [["card"], ["river"], ["music"]] * 10
    ours = Predictions(list(range(30)), gold, gold)
    stock = Predictions(list(range(30)), gold, [["card"]] * 30)
    found = script.compare(rows.task.scoring, ours, stock)
    assert found["test_rows"] == 30
    told = found["measures"]["micro_f1"]
    assert (told["tunecard"], told["stock"]) == (1, pytest.approx(1 / 3)) and told["difference"] == pytest.approx(2 / 3)
    assert 0.3 < told["interval_95"][0] < 2 / 3 < told["interval_95"][1] < 0.9
    other = Predictions(list(range(1, 31)), gold, gold)
    with pytest.raises(SystemExit, match="other test rows"):
        script.compare(rows.task.scoring, ours, other)


def test_rows_of_several_sequences_have_no_stock_side() -> None:
    sides = import_module("stock_sides")
    encoded = {"train": SimpleNamespace(pieces=[[4, 4]])}
    prepared = SimpleNamespace(task=TASKS["multiple-choice"](), encoded=encoded)
    with pytest.raises(import_module("rounds").Skipped, match="multiple-choice"):
        sides.stock_side(prepared, sides.StockSettings(epochs=1))
