"""What an adapter read in training is read again by `predict`, whatever it is called."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tunecard.errors import DataError
from tunecard.inference import Predictor, predict_stream
from tunecard.inference.bulk.input_columns import choose_columns

GetPredictor = Callable[[str, str], Predictor]
LEARNED = {"text": "review_body", "label": "sentiment"}


def test_the_column_of_training_is_read_without_being_named(predictor: GetPredictor, tmp_path: Path) -> None:
    adapter = replace(predictor("bert", "texts"), columns=LEARNED)
    (tmp_path / "in.csv").write_text("nr,review_body,stars\n1,tokyo,5\n2,large cities,1\n")
    out = tmp_path / "out.jsonl"
    assert predict_stream(adapter, tmp_path / "in.csv", out).errors == 0
    answers = [json.loads(line) for line in out.read_text().splitlines()]
    alone = adapter.predict(["tokyo", "large cities"])
    assert [answer["label"] for answer in answers] == [answer["label"] for answer in alone]
    beside = adapter.predict([{"review_body": "tokyo", "stars": 5}])
    assert beside[0]["label"] == alone[0]["label"] and beside[0]["stars"] == 5


@pytest.mark.parametrize(
    ("names", "told", "chosen"),
    [
        (["review_body", "text"], None, {"text": "review_body"}),
        (["review_body", "text"], {"text": "text"}, {"text": "text"}),
        (["text", "stars"], None, {"text": "text"}),
    ],
)
def test_what_is_told_comes_first_then_training_then_usual_names(
    names: list[str], told: dict[str, str] | None, chosen: dict[str, str], predictor: GetPredictor
) -> None:
    task = predictor("bert", "texts").engine.task
    assert choose_columns(names, task, False, told, "in.csv", LEARNED) == chosen


def test_half_of_a_learned_pair_is_not_taken(predictor: GetPredictor) -> None:
    task = predictor("bert", "pairs").engine.task
    learned = {"text": "mine", "text_pair": "yours"}
    assert choose_columns(["mine", "yours"], task, True, None, "in.csv", learned) == learned
    with pytest.raises(DataError, match="no column has a usual name for the two texts"):
        choose_columns(["mine", "other"], task, True, None, "in.csv", learned)
