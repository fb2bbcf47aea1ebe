"""Labels of scored rows in doubt: planted errors are found, the adapter's answers have no say, a forged count is caught."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from tunecard import card
from tunecard.evaluation import evaluate
from tunecard.evidence import Findings, Predictions, RunFolder, measured
from tunecard.pipeline.scored_doubts import doubt_scored_labels
from tunecard.rows.dataset import Split
from tunecard.rows.doubted import DOUBTED, FACTOR, KEPT, UNJUDGED
from tunecard.rows.vectors import MEAN, TOKEN, FrozenVectors
from tunecard.tasks import task_named
from tunecard.verification.data_figures import check_data_figures
from tunecard.verification.scores import check_scores

NAMES = ("a", "b", "c", "rare")
TASK = task_named("text-classification", NAMES)
CENTRES = np.random.default_rng(9).normal(size=(4, 16)) * 2.5


def split_of(name: str, ids: np.ndarray) -> Split:
    labels = [NAMES[id] for id in ids]
    return Split(name, [place + 100 for place in range(len(ids))], {"text": labels}, labels, {}, "given", {})


def vectors_of(ids: np.ndarray, seed: int) -> FrozenVectors:
    values = CENTRES[ids] + np.random.default_rng(seed).normal(size=(len(ids), 16))
    return FrozenVectors({MEAN: values.astype(np.float32)}, np.arange(len(ids)), np.zeros(len(ids), dtype=np.int64))


@pytest.fixture
def planted(tmp_path: Path) -> Any:
    """200 training rows and 200 scored ones, of which 10 have the next label; one is of a label that is rare."""
    train, true = np.arange(200) % 3, np.append(np.arange(199) % 3, 3)
    given, wrong = true.copy(), np.random.default_rng(4).choice(199, 10, replace=False)
    given[wrong] = (true[wrong] + 1) % 3
    splits = {"train": split_of("train", train), "test": split_of("test", given)}
    vectors = {"train": vectors_of(train, 1), "test": vectors_of(true, 2)}
    folder, right = RunFolder(tmp_path), [NAMES[id] for id in true]
    rows, labels = splits["test"].rows, splits["test"].labels
    folder.write_predictions(Predictions(rows, labels, right), "test")
    folder.write_predictions(Predictions(rows, labels, right), "test", "probe")
    return folder, splits, vectors, set(wrong.tolist())


def asked(folder: RunFolder, splits: dict[str, Split], vectors: dict[str, FrozenVectors]) -> Any:
    return doubt_scored_labels(folder, TASK, splits["train"], {"test": splits["test"]}, vectors)[0]


def test_planted_errors_are_found_and_the_score_without_them_is_told(planted: Any) -> None:
    folder, splits, vectors, wrong = planted
    found = asked(folder, splits, vectors)
    flags = folder.read_predictions("test", "probe").factors[FACTOR]
    doubted = {place for place, flag in enumerate(flags) if flag == DOUBTED}
    assert len(doubted & wrong) >= 8 and len(doubted - wrong) <= 3 and flags[199] == UNJUDGED
    assert found.value["rows"] == len(doubted) == found.value["count"] and found.n == 199
    values = vectors["train"].views[MEAN]
    judge = LogisticRegression(C=0.03).fit(values / values.std(), np.arange(200) % 3)
    likely = judge.predict(vectors["test"].views[MEAN][:199] / values.std())
    given = np.array([NAMES.index(label) for label in splits["test"].labels[:199]])
    assert found.value["probe_accuracy"] == pytest.approx((likely == given).mean(), abs=0.011)
    first = found.value["most_suspect"][0]
    assert first["row"] - 100 in wrong and NAMES[likely[first["row"] - 100]] == first["likely"]
    scores = Findings(evaluate(folder, TASK, ["test"]))
    kept = [place for place in range(200) if flags[place] != DOUBTED]
    right = np.array([place not in wrong for place in range(200)])
    rest, gap = (scores[f"results.test.undoubted.{key}"] for key in ("accuracy", "difference"))
    assert rest.value == pytest.approx(right[kept].mean()) and rest.n == len(kept)
    assert gap.value == pytest.approx(right[kept].mean() - right.mean()) and gap.interval[0] > 0


def test_a_judge_that_doubts_most_rows_chooses_no_rest(planted: Any) -> None:
    folder, *_ = planted
    stored = folder.read_predictions("test", "probe")
    folder.write_predictions(replace(stored, factors={FACTOR: [DOUBTED] * 101 + [KEPT] * 99}), "test", "probe")
    scores = Findings(evaluate(folder, TASK, ["test"]))
    reasons = {scores[f"results.test.undoubted.{key}"].reason for key in ("accuracy", "difference")}
    assert reasons == {
        "the judge doubts a label of 101 rows of 200: more than it leaves, so that its own mistakes would choose the rest"
    }


def test_what_the_adapter_says_changes_no_doubt(planted: Any) -> None:
    folder, splits, vectors, _ = planted
    before = asked(folder, splits, vectors)
    rows, labels = splits["test"].rows, splits["test"].labels
    folder.write_predictions(Predictions(rows, labels, ["b"] * 200), "test")
    assert asked(folder, splits, vectors) == before


def test_clean_labels_are_mostly_left_alone(planted: Any) -> None:
    folder, splits, vectors, _ = planted
    true = np.append(np.arange(199) % 3, 3)
    assert asked(folder, {**splits, "test": split_of("test", true)}, vectors).value["count"] <= 3


def test_words_are_judged_one_by_one_and_a_row_with_one_in_doubt_is_left_out(tmp_path: Path) -> None:
    tags = ("O", "B-X", "I-X")
    task, draw = task_named("token-classification", tags), np.random.default_rng(0)
    ids = {name: draw.integers(0, 2, (60, 4)) for name in ("train", "test")}
    true = {name: [[tags[id] for id in row] for row in rows] for name, rows in ids.items()}
    true["test"][7][2] = tags[1 - ids["test"][7][2]]
    folder, places = RunFolder(tmp_path), np.tile(np.arange(4), 60)
    vectors = {
        name: FrozenVectors(
            {TOKEN: (CENTRES[rows.reshape(-1)] + draw.normal(size=(240, 16)) / 2).astype(np.float32)},
            np.repeat(np.arange(60), 4),
            places,
        )
        for name, rows in ids.items()
    }
    splits = {
        name: Split(name, list(range(60)), {"tokens": rows}, rows, {}, "given", {}) for name, rows in true.items()
    }
    for predictor in (None, "probe"):
        folder.write_predictions(Predictions(list(range(60)), true["test"], true["test"]), "test", predictor)
    found = doubt_scored_labels(folder, task, splits["train"], {"test": splits["test"]}, vectors)[0]
    assert found.value["most_suspect"][0] == {
        "row": 7, "word": 2, "given": true["test"][7][2], "likely": tags[ids["test"][7][2]]
    }  # fmt: skip
    assert found.n == 240 and found.value["rows"] == folder.read_predictions("test", "probe").factors[FACTOR].count(
        DOUBTED
    )


def test_where_nothing_can_be_judged_the_reason_is_told_and_nothing_is_marked(planted: Any) -> None:
    folder, splits, vectors, _ = planted
    assert "did not read the training rows" in asked(folder, splits, {}).reason
    few = {**splits, "train": splits["train"].take([0, 3, 6])}
    values, ends = vectors["train"].views[MEAN][[0, 3, 6]], np.zeros(3, dtype=np.int64)
    taught = FrozenVectors({MEAN: values}, np.arange(3), ends)
    assert "fewer than two of its labels" in asked(folder, few, {**vectors, "train": taught}).reason
    assert FACTOR not in folder.read_predictions("test", "probe").factors
    numbers = doubt_scored_labels(
        folder, task_named("regression", ("score",)), splits["train"], {"test": splits["test"]}, vectors
    )
    assert "numbers" in str(numbers[0].reason)


def test_forged_doubts_are_caught(planted: Any) -> None:
    folder, splits, vectors, _ = planted
    doubts = asked(folder, splits, vectors)
    told = [
        measured("task.name", TASK.name),
        measured("task.labels", list(TASK.labels)),
        measured("run.renderer_version", card.RENDERER_VERSION),
        *evaluate(folder, TASK, ["test"]),
    ]
    honest = Findings([doubts, *told])
    assert check_data_figures(folder, honest).ok and check_scores(folder, honest).ok
    fewer = {**doubts.value, "rows": doubts.value["rows"] - 1}
    check = check_data_figures(folder, Findings([doubts.model_copy(update={"value": fewer}), *told]))
    assert check.ok is False and "the probe's answers mark" in check.detail
    better = [one.model_copy(update={"value": 0.999}) if "undoubted.accuracy" in one.id else one for one in told]
    assert check_scores(folder, Findings(better)).ok is False
    stored = folder.read_predictions("test", "probe")
    folder.write_predictions(replace(stored, factors={FACTOR: [KEPT] * 200}), "test", "probe")
    assert check_scores(folder, honest).ok is False and check_data_figures(folder, honest).ok is False
