"""Scores of other rows beside the author's: the author's records, and differences whose intervals a bootstrap agrees with."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, matthews_corrcoef

from tiny_folders import CLASSES
from tunecard.evaluation import evaluate
from tunecard.evaluation.beside_author import Beside, beside_author, is_distinguishable, recorded_beside
from tunecard.evidence import Finding, Findings, Predictions, RunFolder, Source
from tunecard.evidence.evaluation_folder import ROWS, EvaluationFolder
from tunecard.tasks import task_named

TASK = task_named("text-classification", tuple(CLASSES))


def rows(count: int, right: float, seed: int) -> Predictions:
    dice = random.Random(seed)
    labels = [dice.choice(CLASSES) for _ in range(count)]
    answers = [label if dice.random() < right else dice.choice(CLASSES) for label in labels]
    likely = [[0.6 if name == answer else 0.2 for name in CLASSES] for answer in answers]
    return Predictions(list(range(count)), labels, answers, likely, {"site": ["web", "mail"] * (count // 2)})


def scored(folder: RunFolder, predictions: Predictions, split: str = ROWS) -> Findings:
    folder.path.mkdir(parents=True, exist_ok=True)
    folder.write_predictions(predictions, split)
    return Findings(evaluate(folder, TASK, [split]))


@pytest.fixture
def sides(tmp_path: Path) -> tuple[Predictions, Predictions, Findings, Findings]:
    mine, theirs = rows(150, 0.6, 1), rows(400, 0.85, 2)
    own = scored(EvaluationFolder(tmp_path / "evaluations" / "rows"), mine)
    return mine, theirs, own, scored(RunFolder(tmp_path), theirs, "validation")


def compared(own: Findings, author: Findings, split: str = "validation", *, same_rows: bool = False) -> Beside:
    return beside_author(own, author, split, TASK.scoring, same_rows=same_rows)


def difference(beside: Beside, key: str) -> Finding:
    return next(one for one in beside.differences if one.id == f"difference.author.test.{key}")


@pytest.mark.parametrize(("key", "score"), [("accuracy", accuracy_score), ("mcc", matthews_corrcoef)])
def test_a_difference_and_its_interval_are_those_of_a_bootstrap_of_both_sides(sides, key, score) -> None:  # type: ignore[no-untyped-def]
    mine, theirs, own, author = sides
    dice = np.random.default_rng(3)
    drawn = []
    for side in (mine, theirs):
        gold, said = np.array(side.labels), np.array(side.predictions)
        picks = dice.integers(0, len(gold), (400, len(gold)))
        drawn.append(np.array([score(gold[pick], said[pick]) for pick in picks]))
    low, high = np.quantile(drawn[0] - drawn[1], [0.025, 0.975])
    found = difference(compared(own, author), key)
    assert found.value == pytest.approx(score(mine.labels, mine.predictions) - score(theirs.labels, theirs.predictions))
    assert found.interval == pytest.approx((low, high), abs=0.02)
    assert found.level == 0.95 and found.n == 150 and "author's n = 400" in str(found.method)
    assert is_distinguishable(found) is True


def test_the_authors_records_are_those_of_the_same_scores_word_for_word(sides) -> None:  # type: ignore[no-untyped-def]
    _, _, own, author = sides
    beside = compared(own, author)
    ids = {one.id for one in beside.author}
    assert {"results.validation.accuracy", "results.validation.class.bad.f1", "results.validation.ece"} <= ids
    assert "results.validation.slice.site=web.accuracy" in ids
    assert not any("confusion" in id or "reliability" in id or "weak_parts" in id for id in ids)
    assert all(one == author[one.id] for one in beside.author)
    source = Source(file="../../evidence.json", sha256="0" * 64)
    kept = recorded_beside(beside.author, source)[0]
    assert (kept.id, kept.value, kept.source) == (f"author.{beside.author[0].id}", beside.author[0].value, source)


def test_equal_rows_have_no_interval_since_nothing_was_drawn(sides) -> None:  # type: ignore[no-untyped-def]
    _, _, own, _ = sides
    same = compared(own, own, ROWS, same_rows=True)
    assert [one.value for one in same.differences if one.value is not None] == pytest.approx([0.0] * 3)
    assert all(one.interval is None for one in same.differences)
    assert is_distinguishable(difference(same, "accuracy")) is None


def test_two_draws_of_one_source_are_told_apart_about_once_in_twenty(tmp_path: Path) -> None:
    told = 0
    for seed in range(30):
        own = scored(EvaluationFolder(tmp_path / str(seed)), rows(60, 0.8, 2 * seed))
        author = scored(RunFolder(tmp_path / f"{seed}-author"), rows(200, 0.8, 2 * seed + 1), "test")
        told += is_distinguishable(difference(compared(own, author, "test"), "accuracy")) is True
    assert told <= 5  # P(more than 5 of 30 at 0.05) is 0.003


@pytest.mark.parametrize(("change", "said"), [
    ({"interval": None, "level": None}, "no interval, as the score of the author's rows has none"),
    ({"level": 0.9}, "no interval, as the two are of other levels, 0.95 and 0.9"),
])  # fmt: skip
def test_where_an_interval_is_missing_the_reason_is_told(sides, change, said) -> None:  # type: ignore[no-untyped-def]
    _, _, own, author = sides
    id = "results.validation.accuracy"
    other = Findings(one.model_copy(update=change) if one.id == id else one for one in author)
    found = difference(compared(own, other), "accuracy")
    assert found.interval is None and said in str(found.method) and is_distinguishable(found) is None


def test_a_score_that_one_side_lacks_is_a_gap(sides) -> None:  # type: ignore[no-untyped-def]
    _, _, own, author = sides
    id, gap = "results.validation.mcc", {"status": "not measured", "value": None, "interval": None, "reason": "why"}
    other = Findings(one.model_copy(update=gap) if one.id == id else one for one in author)
    found = difference(compared(own, other), "mcc")
    assert found.status == "not measured" and found.reason == "the author has no such score: why"
    assert compared(own, Findings()).differences == []
