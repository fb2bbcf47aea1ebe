"""One number a text: read, encoded, scored and told; negative ones too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tunecard.evidence import Predictions
from tunecard.rows.table import table_of
from tunecard.tasks import recognise, task_named, task_of_config
from tunecard.tasks.regression import Regression, _number
from tunecard.tasks.snippet import example_in

TEXTS = ["a", "b", "c"]


def table(labels: list[Any], name: str = "score", **more: list[Any]) -> Any:
    return table_of("train.csv", {"text": ["x"] * len(labels), name: labels, **more})


@pytest.mark.parametrize(
    ("labels", "name", "task"),
    [
        ([1.5, 2.0, -1.0], "score", "regression"),
        (["1.5", "2", None], "label", "regression"),
        ([1, 2, 3], "label", "text-classification"),
        ([1.0, 2.0, 3.0], "label", "text-classification"),
        (["1.5", "high", "2"], "label", "text-classification"),
        ([1.5, 2.0, 3.0], "price", "text-classification"),
    ],
)
def test_numbers_that_are_not_all_whole_are_regression(labels, name, task):
    assert recognise({}, table(labels, name)).name == task


def test_a_named_column_decides_among_several_numbers():
    told = {"label": "A"}
    rows = table([3.1, 2.9], "V", A=[1.5, 2.5])
    task = recognise(told, rows)
    columns = task.find_columns(told, rows)
    assert (task.name, columns) == ("regression", {"text": "text", "label": "A"})
    assert task.names_from(columns) == ["A"]


def test_labels_are_numbers_and_what_is_none_is_told():
    labels, faults = Regression().read_labels(table_of("a.csv", {"label": [1, "-2.5", None, "", "high", True]}), None)
    assert labels == [1.0, -2.5, None, None, None, None]
    assert faults == [
        "a.csv row 5: a label must be a finite number. Got 'high'.",
        "a.csv row 6: a label must be a finite number. Got True.",
    ]


def test_one_number_alone_teaches_nothing():
    assert Regression().training_faults([2.0, 2.0]) == [
        "train must hold at least two different numbers. Got 2 in all 2 rows."
    ]
    assert Regression().training_faults([2.0, 3.0]) == []


def test_strata_are_quarters():
    assert Regression().strata([1.0, 2.0, 3.0, 4.0]) == ["0", "1", "2", "3"]


@pytest.mark.parametrize(
    ("labels", "counts"),
    [
        ([0.0, 5.0], {"0 to 1": 1, "1 to 2": 0, "2 to 3": 0, "3 to 4": 0, "4 to 5": 1}),
        ([-1.0, 1.0, 0.9], {"-1 to -0.5": 1, "-0.5 to 0": 0, "0 to 0.5": 0, "0.5 to 1": 2}),
        ([2.0, 2.0], {"2 to 3": 2}),
    ],
)
def test_rows_are_counted_in_round_ranges(labels, counts):
    assert Regression().count_labels(labels) == counts
    assert sum(counts.values()) == len(labels)


def test_a_row_gives_a_number_and_no_probability():
    task = Regression(("V",))
    assert task.decode(np.array([-0.25], dtype=np.float32), None, 0) == (-0.25, None)
    assert task.answer(-0.25, None) == {"value": -0.25}


def test_a_file_of_numbers_is_held_to_numbers():
    task = Regression(("V",))

    def faults(predictions: list[Any], labels: list[Any]) -> list[str]:
        return list(task.prediction_faults(Predictions([0, 1], labels, predictions)))

    assert faults([1.0, -2.0], [0.5, None]) == []
    assert faults([1.0, float("inf")], [0.5, 1.0]) == ["the column prediction does not hold finite numbers"]
    assert faults([1.0, 2.0], [0.5, "a"]) == ["the column label does not hold finite numbers"]


def test_the_mean_is_the_baseline():
    baseline = Regression().baselines[0]
    assert baseline.faults([2.0, 2.0], {}) == []
    assert baseline.faults([2.0, 2.1], {}) == ["does not answer with one number, the mean of training"]


def test_the_code_to_start_is_the_tasks_own():
    task = Regression(("V",))
    code = task.snippet("a/b", None, ["one", "two"])
    compile(code, "start.py", "exec")
    assert example_in(code, task.snippet, "a/b", None) == ("one", "two")


@pytest.mark.parametrize(
    ("config", "task"),
    [
        ({"problem_type": "regression"}, "regression"),
        ({"num_labels": 1}, "regression"),
        ({"id2label": {"0": "V"}}, "regression"),
        ({"id2label": {"0": "no", "1": "yes"}}, "text-classification"),
        ({}, "text-classification"),
    ],
)
def test_a_head_of_one_output_is_regression(config, task):
    found = task_of_config("SEQ_CLS", config)
    assert found is not None and found.name == task


def test_it_is_found_by_name():
    assert task_named("regression", ("V",)).labels == ("V",)


@pytest.mark.parametrize("value", ["1_5", "1_000", 10**400, "1e999", True, "1,5"])
def test_what_only_python_takes_for_a_number_is_none(value):
    assert _number(value) is None
