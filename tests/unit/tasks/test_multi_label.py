"""Any number of labels a row: recognised, read in every usual form, encoded, decided by thresholds, scored and told."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tunecard.errors import DataError
from tunecard.evidence import Findings, Predictions, measured
from tunecard.evidence.predictions import read_predictions, write_predictions
from tunecard.evidence.probabilities import read_probabilities
from tunecard.metrics.temperature import mean_nll
from tunecard.rows.dataset import Split
from tunecard.rows.table import Table, table_of
from tunecard.tasks import recognise, task_named, task_of, task_of_config
from tunecard.tasks.baselines import Lesson
from tunecard.tasks.deciding import settings_of, tuned, with_settings
from tunecard.tasks.multi_label import MultiLabel
from tunecard.tasks.snippet import example_in

LABELS = ("joy", "anger", "fear")
BLOCK = {"text": ["x", "y"], "toxic": [0, 1], "obscene": [0, 0], "threat": ["1", "0"]}


def table(values: list[Any], name: str = "labels", **more: list[Any]) -> Table:
    return table_of("train.csv", {"text": [f"t{row}" for row in range(len(values))], name: values, **more})


def split(labels: list[Any], name: str = "train") -> Split:
    rows = list(range(len(labels)))
    return Split(name, rows, {"text": [f"t{row}" for row in rows]}, labels, {}, "given", {})


@pytest.mark.parametrize(
    ("columns", "task"),
    [
        ({"text": ["x", "y"], "labels": [[0, 3], []]}, "multi-label"),
        ({"text": ["x", "y"], "label": [["joy"], ["joy", "fear"]]}, "multi-label"),
        ({"text": ["x"] * 4, "labels": ["a; b", "b", "a", "a;b"]}, "multi-label"),
        ({"text": ["x", "y"], "labels": ["['a', 'b']", "[]"]}, "multi-label"),
        (BLOCK, "multi-label"),
        ({"text": ["x", "y"], "label": ["Food, drink", "Sports"]}, "text-classification"),
        ({"text": ["x", "y"], "label": [0, 1], "is_new": [0, 1]}, "text-classification"),
        ({"tokens": [["x"], ["y"]], "labels": [["O"], ["B-A"]]}, "token-classification"),
    ],
)
def test_lists_cells_and_columns_of_labels_are_recognised(columns, task):
    assert recognise({}, table_of("a.csv", columns)).name == task


def test_columns_of_labels_are_named_with_commas_or_found():
    rows = table_of("a.csv", BLOCK)
    task = MultiLabel()
    assert task.find_columns({}, rows) == {"text": "text", "label": "toxic, obscene, threat"}
    told = {"label": "toxic, threat"}
    assert recognise(told, rows).name == "multi-label"
    read, problems = task.read_rows(rows, task.find_columns(told, rows))
    assert (read.columns["label"], problems) == ([["threat"], ["toxic"]], [])


def test_a_row_is_labelled_in_every_column_or_in_none():
    rows = table_of("a.csv", {"text": list("abcd"), "p": [1, -1, None, 0.4], "q": [0, -1, 1, 1], "r": [0, -1, 0, 1]})
    read, problems = MultiLabel().read_rows(rows, {"text": "text", "label": "p, q, r"})
    assert read.columns["label"] == [["p"], None, None, ["q", "r"]]
    assert problems == [
        "a.csv row 3: a row is labelled in all columns of labels or in none. Got nothing in 'p'.",
        "a.csv row 4: a column of a label must hold 0 or 1. Got 0.4 in 'p'. Make numbers between them 0 or 1 by a "
        "threshold of your own.",
    ]


@pytest.mark.parametrize(
    ("values", "names", "sets"),
    [
        ([[0, 2], [], None], LABELS, [["joy", "fear"], [], None]),
        ([["fear", "joy"], ["anger"]], None, [["fear", "joy"], ["anger"]]),
        (["joy; fear", "anger", "", "[]"], None, [["joy", "fear"], ["anger"], None, []]),
        (["joy|fear, of heights"], None, [["joy", "fear, of heights"]]),
        (["['joy', 'fear']", "[0 2]", "[joy, fear]"], LABELS, [["joy", "fear"], ["joy", "fear"], ["joy", "fear"]]),
        (["food, drink", "sports"], ["food, drink", "sports"], [["food, drink"], ["sports"]]),
        (["joy", 2, float("nan"), -1], LABELS, [["joy"], ["fear"], None, None]),
        ([np.array([1, 2])], LABELS, [["anger", "fear"]]),
    ],
)
def test_every_usual_way_to_write_several_labels_is_read(values, names, sets):
    rows = table_of("a.csv", {"label": values})
    assert MultiLabel().read_labels(rows, names) == (sets, [])


def test_what_is_no_label_is_told_with_its_row():
    rows = table_of("a.csv", {"label": [[0, 7], [{"name": "joy"}], [None]]})
    _, problems = MultiLabel().read_labels(rows, LABELS)
    assert problems == [
        "a.csv row 1: label 7 is not an id from 0 to 2 of the 3 declared labels.",
        "a.csv row 2: the labels must be a list of names or ids. Got {'name': 'joy'}.",
        "a.csv row 3: the labels must be a list of names or ids. Got nothing (null).",
    ]


def test_labels_stand_in_id_order_once_each_and_unknown_ones_are_told():
    tables = {"train": table([[]] * 3), "test": table([[]])}
    labels = {"train": [["b", "a", "b"], [], None], "test": [["c"]]}
    named = MultiLabel().settle_labels(tables, labels, None, "refuse")
    assert (named.names, named.labels["train"]) == (["a", "b"], [["a", "b"], [], None])
    assert len(named.problems) == 1
    assert "label 'c' is not one of 2 labels" in named.problems[0]
    assert MultiLabel().settle_labels(tables, labels, ["b", "a", "c"], "refuse").labels["train"][0] == ["b", "a"]


def test_labels_that_differ_in_case_alone_are_asked_about_or_merged():
    tables, labels = {"train": table([[], []])}, {"train": [["Joy", "fear"], ["joy"]]}
    assert "differ only in case" in MultiLabel().settle_labels(tables, labels, None, "refuse").problems[0]
    merged = MultiLabel().settle_labels(tables, labels, None, "merge")
    assert (merged.labels["train"], merged.problems) == ([["fear", "joy"], ["joy"]], [])


def test_an_empty_field_is_no_empty_set():
    named = MultiLabel().settle_labels({"train": table(["", "a"], "label")}, {"train": [None, ["a"]]}, None, "refuse")
    assert named.notes == ["an empty field of labels is read as unlabelled; write [] where a row has no label"]


def test_one_label_alone_teaches_nothing():
    assert MultiLabel().training_faults([["joy"], []]) == [
        "train must hold at least two different labels. Got only 'joy' in 2 rows."
    ]
    assert MultiLabel().training_faults([["joy"], ["fear"]]) == []


def test_rows_are_counted_by_label_and_by_how_many_they_have():
    assert MultiLabel(LABELS).label_figures([["joy", "fear"], [], ["joy"]]) == {
        "labels": {"joy": 2, "anger": 0, "fear": 1},
        "labels_a_row": {"0": 1, "1": 1, "2": 1},
    }


def test_a_label_is_given_from_its_threshold_on():
    logits = np.log(np.array([0.3, 0.5, 0.1]) / np.array([0.7, 0.5, 0.9]))
    given, stated = MultiLabel(LABELS).decode(logits, SimpleNamespace(), 0)
    assert given == ["anger"]
    assert stated == pytest.approx([0.3, 0.5, 0.1])
    lower = MultiLabel(LABELS, thresholds=(0.2, 0.6, 0.2))
    assert lower.decode(logits, SimpleNamespace(), 0)[0] == ["joy"]
    assert lower.answer(*lower.decode(logits, SimpleNamespace(), 0))["labels"] == ["joy"]


def test_thresholds_are_chosen_on_rows_and_kept_in_config_and_records():
    logits = [np.array([-1.0, -3.0, -5.0]), np.array([-3.0, -1.0, -5.0]), np.array([-3.0, -3.0, -5.0])]
    task = tuned(MultiLabel(LABELS), logits, [["joy"], ["anger"], []], SimpleNamespace())
    assert [task.decode(row, SimpleNamespace(), 0)[0] for row in logits] == [["joy"], ["anger"], []]
    saved = settings_of(task)
    assert set(saved["thresholds"]) == set(LABELS)
    assert with_settings(MultiLabel(LABELS), saved) == task
    records = [measured("task.name", "multi-label"), measured("task.labels", list(LABELS)), *task.describe()]
    assert task_of(Findings(records)) == task


@pytest.mark.parametrize(
    "told", [{}, {"thresholds": [0.5]}, {"thresholds": {"joy": 0.5}}, {"thresholds": dict.fromkeys(LABELS, 7)}]
)
def test_thresholds_that_are_none_leave_the_task_as_it_is(told):
    assert with_settings(MultiLabel(LABELS), told) == MultiLabel(LABELS)
    assert with_settings(task_named("regression", ("V",)), told).labels == ("V",)


def predictions() -> Predictions:
    return Predictions(
        [0, 1, 2, 3], [["joy"], [], None, ["fear", "joy"]], [["joy"], [], ["joy"], ["joy"]],
        [[0.9, 0.1, 0.2], [0.2, 0.1, 0.1], [0.6, 0.0, 0.0], [0.7, 0.2, 0.4]],
    )  # fmt: skip


def test_a_file_keeps_empty_sets_apart_from_rows_without_labels(tmp_path):
    path = tmp_path / "test.parquet"
    write_predictions(path, predictions())
    read = read_predictions(path)
    assert (read.labels, read.predictions) == (predictions().labels, predictions().predictions)
    flat = read_probabilities(path)
    assert flat is not None and flat.values.shape == (4, 3)
    task = MultiLabel(LABELS)
    assert list(task.prediction_faults(read)) == []
    assert list(task.probability_faults(read, flat)) == []


def test_answers_that_no_threshold_gives_are_faults(tmp_path):
    task, path = MultiLabel(LABELS), tmp_path / "test.parquet"
    stated = predictions()
    stated.predictions[1] = ["joy"]
    stated.predictions[2] = []
    write_predictions(path, stated)
    flat = read_probabilities(path)
    assert flat is not None
    assert list(task.probability_faults(stated, flat)) == [
        "no threshold gives 'joy' in the rows where it is predicted and in no other"
    ]
    flat.values[0, 0] = 1.5
    assert list(task.probability_faults(stated, flat)) == ["1 probabilities are not between 0 and 1"]
    assert list(task.prediction_faults(Predictions([0], [["joy"]], [["hate"]]))) == [
        "prediction 'hate' is not one of the 3 labels"
    ]
    assert list(task.prediction_faults(Predictions([0], [["joy"]], ["joy"]))) == [
        "the column prediction does not hold lists of label names"
    ]


def test_calibration_is_asked_of_the_labels_that_were_predicted():
    rows = predictions()
    places = np.array([0, 1, 3])
    known = Predictions([0, 1, 3], [["joy"], [], ["fear", "joy"]], [["joy"], [], ["joy"]])
    flat = SimpleNamespace(values=np.array(rows.probabilities), is_known=np.ones(4, dtype=bool))
    confidence = MultiLabel(LABELS).scoring.confidence
    assert confidence is not None
    found = confidence(flat, known, places)  # type: ignore[arg-type]
    assert (found.stated.tolist(), found.is_right.tolist(), found.row.tolist()) == ([0.9, 0.7], [True, True], [0, 2])
    assert len(found.brier) == 9
    assert found.brier[0] == pytest.approx(2 * 0.1**2)


def test_dividing_logits_is_undone_label_by_label():
    scoring = MultiLabel(LABELS).scoring
    logits = np.array([[2.0, -1.0, 0.0]])
    as_saved = 1 / (1 + np.exp(-logits / 2.5))
    assert scoring.undo_temperature(as_saved, 2.5) == pytest.approx(1 / (1 + np.exp(-logits)))


def test_the_likelihood_is_that_of_each_labels_yes_or_no():
    likely = [0.9, 0.2, 0.5]
    ids = {label: place for place, label in enumerate(LABELS)}
    found = MultiLabel(LABELS).scoring.decided(["joy"], likely, ids)
    assert [right for right, _ in found] == [1, 0, 0]
    logits = np.log(np.array([list(pair) for _, pair in found]))
    expected = -np.log([0.9, 0.8, 0.5]).mean()
    assert mean_nll(logits, np.array([right for right, _ in found])) == pytest.approx(expected)
    assert MultiLabel(LABELS).scoring.decided(None, likely, ids) == []


def test_simple_things_answer_with_sets():
    train = split([["joy"], ["joy"], ["joy", "fear"], []] * 5)
    held = split([["joy"], ["fear"], [], ["joy"]] * 5, "validation")
    said = {one.name: one.answer(Lesson(LABELS, train, {"validation": held})) for one in MultiLabel().baselines[:2]}
    assert said["majority"].predictions["validation"] == [["joy"]] * 20
    assert said["shares"].predictions["validation"] == [["joy"]] * 20
    for baseline in MultiLabel().baselines[:2]:
        assert baseline.faults([["joy"], ["joy"]], {}) == []
        assert baseline.faults([["joy"], []], {}) == ["does not give every row the same labels"]


@pytest.mark.parametrize("thresholds", [(), (0.1, 0.2, 0.3)])
def test_the_code_to_start_says_which_labels_are_given(thresholds):
    task = MultiLabel(LABELS, thresholds=thresholds)
    code = task.snippet("a/b", None, ["one", "two"])
    compile(code, "start.py", "exec")
    assert ("config.thresholds[label]" in code) == bool(thresholds)
    assert example_in(code, task.snippet, "a/b", None) == ("one", "two")


def test_a_head_whose_config_says_so_is_multi_label():
    found = task_of_config("SEQ_CLS", {"problem_type": "multi_label_classification"})
    assert found is not None and found.name == "multi-label"
    other = task_of_config("SEQ_CLS", {"problem_type": "single_label_classification"})
    assert other is not None and other.name == "text-classification"


def test_an_unknown_name_is_refused():
    with pytest.raises(DataError, match="multi-label"):
        task_named("multilabel")
