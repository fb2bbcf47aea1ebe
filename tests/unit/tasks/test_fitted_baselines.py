"""Baselines that are fitted: what they answer, and what their record says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge

from tunecard.evidence.conditions import FITTED
from tunecard.rows.dataset import Split
from tunecard.rows.vectors import FrozenVectors
from tunecard.tasks import fitted_baselines, task_named
from tunecard.tasks.baselines import Answers, Lesson
from tunecard.tasks.registry import TASKS

RANDOM = np.random.default_rng(3)
DIRECTIONS = RANDOM.normal(size=(2, 6))


def split(name: str, labels: list[Any], **inputs: list[Any]) -> Split:
    return Split(name, list(range(len(labels))), inputs, labels, {}, "given", {})


def vectors(view: str, values: np.ndarray, rows: Any = None, places: Any = None) -> FrozenVectors:
    several = {view: values.astype(np.float32)}
    if view == "mean":
        several["first"] = RANDOM.normal(size=values.shape).astype(np.float32)
    rows = np.arange(len(values)) if rows is None else np.asarray(rows)
    return FrozenVectors(several, rows, np.zeros(len(rows), dtype=np.int64) if places is None else np.asarray(places))


def baseline(task: str, name: str, lesson: Lesson) -> Answers:
    return next(one for one in task_named(task, lesson.labels).baselines if one.name == name).answer(lesson)


def texts(count: int, seed: int) -> tuple[list[str], list[str], np.ndarray]:
    random = np.random.default_rng(seed)
    ids = random.integers(0, 2, count)
    words = [f"{('good', 'poor')[id]} {random.choice(['film', 'book', 'song'])}" for id in ids]
    return words, [("no", "yes")[id] for id in ids], DIRECTIONS[ids] + random.normal(0, 0.3, (count, 6))


def lesson_of_texts(**changed: Any) -> Lesson:
    found = {
        name: texts(count, seed)
        for seed, (name, count) in enumerate({"train": 60, "validation": 60, "test": 20}.items())
    }
    splits = {name: split(name, labels, text=words) for name, (words, labels, _) in found.items()}
    read = {name: vectors("mean", values) for name, (_, _, values) in found.items()}
    train = splits.pop("train")
    return Lesson(**({"labels": ("no", "yes"), "train": train, "splits": splits, "vectors": read} | changed))


def test_every_fitted_baseline_of_every_task_must_be_recorded() -> None:
    fitted = {one.name for name in TASKS for one in task_named(name).baselines if one.is_fitted}
    assert fitted == set(FITTED)


def test_words_tell_good_from_poor() -> None:
    lesson = lesson_of_texts()
    answers = baseline("text-classification", "tfidf", lesson)
    assert answers.predictions["test"] == lesson.splits["test"].labels
    assert answers.fit is not None and answers.fit.settings["score"] == 1.0 and answers.fit.learned == 60


def test_every_split_is_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from sklearn.feature_extraction.text import CountVectorizer

    counted: list[int] = []
    count = CountVectorizer._count_vocab

    def counting(self: Any, texts: Any, fixed_vocab: bool) -> Any:
        counted.append(len(texts))
        return count(self, texts, fixed_vocab)

    monkeypatch.setattr(CountVectorizer, "_count_vocab", counting)
    lesson = lesson_of_texts()
    baseline("text-classification", "tfidf", lesson)
    assert sum(counted) == 2 * (len(lesson.train) + sum(map(len, lesson.splits.values())))  # words and characters


def test_the_probe_is_logistic_regression_of_unit_means() -> None:
    lesson = lesson_of_texts()
    answers = baseline("text-classification", "probe", lesson)
    assert answers.fit is not None and answers.fit.settings["view"] == "mean"
    unit = {
        name: read.views["mean"] / np.linalg.norm(read.views["mean"], axis=1, keepdims=True)
        for name, read in lesson.vectors.items()
    }
    model = LogisticRegression(C=answers.fit.settings["C"], max_iter=300).fit(unit["train"], lesson.train.labels)
    assert answers.predictions["test"] == model.predict(unit["test"]).tolist()
    assert answers.fit.settings["score"] == model.score(unit["validation"], lesson.splits["validation"].labels)
    assert "view and C chosen by accuracy on validation" in answers.fit.method


def test_without_validation_labels_folds_of_train_choose() -> None:
    whole = lesson_of_texts()
    blank = split("validation", [None] * 60, **whole.splits["validation"].inputs)
    answers = baseline("text-classification", "probe", lesson_of_texts(splits={**whole.splits, "validation": blank}))
    assert answers.fit is not None and answers.fit.settings["chosen_on"] == "3 folds of train"
    assert len(answers.predictions["validation"]) == 60


def test_vectors_of_some_rows_go_with_the_labels_of_these() -> None:
    """Rows that were not read have labels of the other class: whoever takes the first ones fails."""
    lesson = lesson_of_texts()
    read, labels = lesson.vectors["train"], lesson.train.labels
    wrong = ["yes" if label == "no" else "no" for label in labels]
    train = split("train", [one for pair in zip(wrong, labels, strict=True) for one in pair], text=["x"] * 120)
    some = vectors("mean", read.views["mean"], rows=np.arange(60) * 2 + 1)
    answers = baseline(
        "text-classification", "probe", lesson_of_texts(train=train, vectors={**lesson.vectors, "train": some})
    )
    right = np.mean([a == b for a, b in zip(answers.predictions["test"], lesson.splits["test"].labels, strict=True)])
    assert right > 0.9
    assert answers.fit is not None and "a seeded sample of 60 of the 120 rows of train" in answers.fit.method


def test_more_rows_than_tfidf_learns_from_are_left_out_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitted_baselines, "MOST_ROWS", 40)
    fit = baseline("text-classification", "tfidf", lesson_of_texts()).fit
    assert fit is not None and fit.learned == fit.settings["rows"] == 40
    assert "a seeded sample of 40 of the 60 rows of train" in fit.method


def test_texts_without_words_have_no_tfidf_and_a_reason() -> None:
    train = split("train", ["no", "yes"] * 30, text=[""] * 60)
    answers = baseline("text-classification", "tfidf", lesson_of_texts(train=train))
    assert not answers.predictions and "no words" in answers.reason


def test_numbers_are_ridge_regression() -> None:
    lesson = lesson_of_texts()
    weights = RANDOM.normal(size=6)

    def numbered(name: str, old: Split) -> Split:
        return split(name, (lesson.vectors[name].views["mean"] @ weights).tolist(), **old.inputs)

    splits = {name: numbered(name, old) for name, old in lesson.splits.items()}
    lesson = Lesson(("score",), numbered("train", lesson.train), splits, lesson.vectors)
    answers = baseline("regression", "probe", lesson)
    assert answers.fit is not None and answers.fit.settings["measure"] == "mean squared error"
    read = {name: one.views["mean"].astype(np.float64) for name, one in lesson.vectors.items()}
    unit = {name: one / np.linalg.norm(one, axis=1, keepdims=True) for name, one in read.items()}
    ridge = Ridge(alpha=answers.fit.settings["alpha"]).fit(unit["train"], lesson.train.labels)
    np.testing.assert_allclose(answers.predictions["test"], ridge.predict(unit["test"]), atol=1e-4)
    assert all(type(value) is float for value in baseline("regression", "tfidf", lesson).predictions["test"])


def test_tags_of_words_are_repaired_and_words_cut_off_are_outside() -> None:
    names = ("O", "B-x", "I-x")
    kinds = np.eye(3) * 4
    tags = [["O", "B-x", "I-x"]] * 20
    rows, places = np.repeat(np.arange(20), 3), np.tile(np.arange(3), 20)
    read = {"train": vectors("token", np.tile(kinds, (20, 1)), rows, places)}
    # The second row begins with what looks like I-x; the last word of the first has no vector.
    read["test"] = vectors("token", kinds[[0, 1, 2, 2]], [0, 0, 1, 1], [0, 1, 0, 1])
    words = {"tokens": [["a", "b", "c"]] * 20}
    test = split("test", [["O", "B-x", "I-x"], ["O", "O"]], tokens=[["a", "b", "c"], ["d", "e"]])
    lesson = Lesson(names, split("train", tags, **words), {"test": test}, read)
    answers = baseline("token-classification", "probe", lesson)
    assert answers.predictions["test"] == [["O", "B-x", "O"], ["B-x", "I-x"]]
    assert answers.fit is not None and answers.fit.learned == 60 and answers.fit.method.endswith("n = words")
