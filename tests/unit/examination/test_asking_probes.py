"""What the model is asked for: membership and text out of scope, on a tiny adapter whose answers are known."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tunecard.evidence import Predictions, RunFolder
from tunecard.examination import Subject
from tunecard.examination.membership import Membership, losses
from tunecard.examination.out_of_scope import KINDS, OutOfScope, made_strange
from tunecard.rows.dataset import Split
from tunecard.tasks.regression import Regression
from tunecard.tasks.text_classification import TextClassification
from tunecard.tasks.token_classification import TokenClassification

TASK = TextClassification(("x", "y"))


def rows_of(number: int, name: str = "test") -> Split:
    texts = [f"word{place} and more" for place in range(number)]
    return Split(name, list(range(number)), {"text": texts}, ["x"] * number, {}, "given", {})


class Answering(Subject):
    """Gives each row the logits that `sure` says, in the place of a model."""

    sure: Any = staticmethod(lambda text: 2.0)

    def logits(self, rows: Split, title: str) -> tuple[list[np.ndarray], Any]:
        self.passes.count(len(rows))
        return [np.array([self.sure(text), 0.0], dtype=np.float32) for text in rows.inputs["text"]], rows

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
    (found,) = OutOfScope().run(subject, 150)
    by_kind = {one["text"]: one for one in found.value}
    assert list(by_kind) == list(KINDS) and found.n == 30 and subject.passes.spent == 150
    assert by_kind["empty"]["probability_auroc"] == by_kind["another script"]["energy_auroc"] == 1.0
    assert by_kind["empty"]["probability_false_positives"] == 0.0
    assert by_kind["first word only"]["probability_auroc"] == 0.5
    assert by_kind["first word only"]["energy_false_positives"] == 1.0


def test_out_of_scope_needs_probabilities_and_rows(tmp_path: Path) -> None:
    subject = subject_of(tmp_path, 60, None)
    (few,) = OutOfScope().run(subject, 50)
    assert "10 rows" in str(few.reason)
    numbers = Subject(subject.folder, None, Regression(("score",)), subject.rows, None, subject.encode, 0)  # type: ignore[arg-type]
    assert OutOfScope().price(numbers) == 0 and OutOfScope().run(numbers, 0)[0].status == "not measured"


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
