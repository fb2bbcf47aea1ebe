"""What the model is asked for: membership and text out of scope, on a tiny adapter whose answers are known."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.metrics import roc_auc_score

from tunecard.evidence import Predictions, RunFolder
from tunecard.examination import Subject
from tunecard.examination.membership import Membership, losses
from tunecard.examination.out_of_scope import KINDS, OutOfScope, made_strange
from tunecard.examination.outside import Outside
from tunecard.metrics.distance import nearest_distances
from tunecard.rows.dataset import Split
from tunecard.tasks.regression import Regression
from tunecard.tasks.text_classification import TextClassification
from tunecard.tasks.token_classification import TokenClassification

TASK = TextClassification(("x", "y"))


def rows_of(number: int, name: str = "test") -> Split:
    texts = [f"word{place} and more" for place in range(number)]
    return Split(name, list(range(number)), {"text": texts}, ["x"] * number, {}, "given", {})


def direction(text: str) -> list[float]:
    """Where the head reads a text: texts of many words lie in other directions than those of few."""
    return [1.0, len(text.split()) / 10]


class Answering(Subject):
    """Gives each row the logits that `sure` says, in the place of a model."""

    sure: Any = staticmethod(lambda text: 2.0)

    def logits(self, rows: Split, title: str) -> tuple[list[np.ndarray], Any]:
        self.passes.count(len(rows))
        return [np.array([self.sure(text), 0.0], dtype=np.float32) for text in rows.inputs["text"]], rows

    def logits_and_vectors(self, rows: Split, title: str) -> tuple[list[np.ndarray], Any, Any]:
        sure, rows = self.logits(rows, title)
        return sure, rows, np.array([direction(text) for text in rows.inputs["text"]])

    def predict(self, rows: Split, title: str) -> Predictions:
        pairs = [TASK.decode(row, None, place) for place, row in enumerate(self.logits(rows, title)[0])]  # type: ignore[arg-type]
        return Predictions(rows.rows, rows.labels, [one for one, _ in pairs], [stated for _, stated in pairs], {})


def subject_of(folder: Path, test: int, train: int | None, task: Any = TASK) -> Answering:
    learned = None if train is None else rows_of(train, "train")
    subject = Answering(RunFolder(folder), None, task, rows_of(test), learned, lambda rows: rows, 0)  # type: ignore[arg-type,return-value]
    subject.folder.write_predictions(subject.predict(subject.rows, ""), "test")
    subject.passes.spent = 0
    return subject


def test_rows_learned_by_heart_are_told_from_others_and_equal_ones_are_not(tmp_path: Path) -> None:
    subject = subject_of(tmp_path, 40, 50)
    (same,) = Membership().run(subject, 50)
    assert (
        (same.value, same.n) == (0.5, 90) and same.interval is not None and same.interval[0] <= 0.5 <= same.interval[1]
    )
    subject.sure = lambda text: 6.0  # type: ignore[misc]
    (apart,) = Membership().run(subject, 30)
    assert apart.value == 1.0 and apart.n == 70 and subject.passes.spent == 80


def test_a_loss_is_the_mean_over_what_was_decided() -> None:
    task = TokenClassification(("O", "B-A"))
    stated = [[[0.5, 0.5], [0.25, 0.75]], None]
    read = Predictions([0, 1], [["O", "B-A"], ["O"]], [["O", "O"], ["O"]], stated, {})
    assert losses(task, read) == pytest.approx([-(np.log(0.5) + np.log(0.75)) / 2])


@pytest.mark.parametrize(
    ("test", "train", "task", "reason"),
    [
        (40, None, TASK, "not at hand"),
        (40, 5, TASK, "5 learned and 40 other rows"),
        (40, 40, Regression(("score",)), "no probabilities"),
    ],
)
def test_membership_says_why_it_was_not_measured(
    tmp_path: Path, test: int, train: int | None, task: Any, reason: str
) -> None:
    subject = subject_of(tmp_path, test, train)
    asked = Subject(subject.folder, None, task, subject.rows, subject.train, subject.encode, 0)  # type: ignore[arg-type]
    if task is TASK:
        asked = subject
    (found,) = Membership().run(asked, Membership().price(asked))
    assert found.status == "not measured" and reason in str(found.reason)


def test_rows_that_nobody_knows_it_learned_from_are_not_asked_about(tmp_path: Path) -> None:
    made = subject_of(tmp_path, 40, 40)
    fields = {field.name: getattr(made, field.name) for field in dataclasses.fields(made)}
    subject = Answering(**{**fields, "has_learned_train": False})
    assert Membership().price(subject) == 0
    assert "trained elsewhere" in str(Membership().run(subject, 40)[0].reason)


def test_strange_text_that_gets_less_sure_answers_is_told_apart(tmp_path: Path) -> None:
    subject = subject_of(tmp_path, 60, None)
    subject.sure = lambda text: 3.0 if text.startswith("word") else 0.1  # type: ignore[misc]
    assert OutOfScope().price(subject) == 60 * 5
    found, named = OutOfScope().run(subject, 150)
    assert "names none" in str(named.reason) and "no rows of train" in str(found.method)
    by_kind = {one["text"]: one for one in found.value}
    assert list(by_kind) == list(KINDS) and found.n == 30 and subject.passes.spent == 150
    assert by_kind["empty"]["probability_auroc"] == by_kind["another script"]["energy_auroc"] == 1.0
    assert by_kind["empty"]["probability_false_positives"] == 0.0
    assert by_kind["first word only"]["probability_auroc"] == 0.5
    assert by_kind["first word only"]["energy_false_positives"] == 1.0


def test_out_of_scope_needs_rows_and_a_score(tmp_path: Path) -> None:
    subject = subject_of(tmp_path, 60, None)
    few, named = OutOfScope().run(subject, 50)
    assert "10 rows" in str(few.reason) and "10 rows" in str(named.reason)
    numbers = Subject(subject.folder, None, Regression(("score",)), subject.rows, None, subject.encode, 0)  # type: ignore[arg-type]
    assert OutOfScope().price(numbers) == 0 and OutOfScope().run(numbers, 0)[0].status == "not measured"


def scoped(subject: Answering, outside: tuple[Outside, ...] = (), task: Any = TASK) -> Answering:
    fields = {field.name: getattr(subject, field.name) for field in dataclasses.fields(subject)}
    return Answering(**{**fields, "outside": outside, "task": task})


def test_the_distance_to_training_rows_stands_beside_and_needs_no_probabilities(tmp_path: Path) -> None:
    subject = scoped(subject_of(tmp_path, 60, 100), task=Regression(("score",)))
    assert OutOfScope().price(subject) == 60 * 5 + 100
    found, _ = OutOfScope().run(subject, 10_000)
    by_kind = {one["text"]: one for one in found.value}
    assert "probability_auroc" not in by_kind["empty"] and "of 100 rows of train" in str(found.method)
    assert by_kind["first word only"]["distance_auroc"] == by_kind["empty"]["distance_auroc"] == 1.0
    learned, asked = (
        np.array([direction(text) for text in rows.inputs["text"]]) for rows in (subject.train, subject.rows)
    )  # type: ignore[union-attr]
    unit = [vectors / np.linalg.norm(vectors, axis=1, keepdims=True) for vectors in (learned, asked)]
    assert nearest_distances(learned, asked) == pytest.approx(cdist(unit[1], unit[0]).min(axis=1), abs=1e-6)


def test_named_rows_are_told_apart_and_those_that_are_scored_leave_the_usual_ones(tmp_path: Path) -> None:
    made = subject_of(tmp_path, 80, None)
    made.rows.labels[:25] = ["y"] * 25
    strange = Split("test", list(range(40)), {"text": ["a b"] * 40}, [None] * 40, {}, "given", {})
    inside = dataclasses.replace(made.rows.take(list(range(25))), labels=[None] * 25)
    named = (Outside("far", strange), Outside("test (y)", inside, ("y",)), Outside("few", strange.take([0, 1])))
    subject = scoped(made, named)
    subject.sure = lambda text: 3.0 if text.startswith("word") else 0.1  # type: ignore[misc]
    assert OutOfScope().price(subject) == 55 * 5 + 40 + 25 + 2
    made_strange_too, other = OutOfScope().run(subject, 10_000)
    far, same, few = other.value
    assert made_strange_too.n == other.n == 55
    assert (far["data"], far["rows"], far["energy_auroc"], far["probability_false_positives"]) == ("far", 40, 1.0, 0.0)
    labels = [1] * 55 + [0] * 25
    assert same["energy_auroc"] == pytest.approx(roc_auc_score(labels, [1.0] * 80))
    assert same["energy_false_positives"] == 1.0 and few == {"data": "few", "rows": 2}
    fewer = OutOfScope().run(subject, 200)[1]
    assert fewer.value == OutOfScope().run(subject, 200)[1].value and fewer.n == 29


def test_every_kind_of_row_is_made_strange_where_it_may_be() -> None:
    given = {"tokens": [["The", "gene"]], "text": ["a b"], "choices": [["one two", "three"]], "offset": [3]}
    rows = Split("test", [0], given, ["x"], {}, "given", {})
    draws, free = np.random.default_rng(0), ("tokens", "text")
    other = made_strange(rows, free, KINDS["another script"], draws)
    assert other.inputs["tokens"][0] == ["\u0422\u0445\u0435", "\u0433\u0435\u043d\u0435"] and other.labels == [None]
    assert made_strange(rows, free, KINDS["first word only"], draws).inputs == {
        **given,
        "tokens": [["The"]],
        "text": ["a"],
    }
    assert sorted(made_strange(rows, free, KINDS["words shuffled"], draws).inputs["tokens"][0]) == ["The", "gene"]
    assert made_strange(rows, free, KINDS["empty"], draws).inputs == {**given, "tokens": [[""]], "text": [""]}
