"""Labels that are numbers: -1, names that are numbers, ids of a file's own names, scores and grades."""

from __future__ import annotations

import datasets
import numpy as np
import pytest

from tunecard.tasks.labels import name_of


def put(write, labels, split="train"):
    write(f"{split}.jsonl", [{"text": f"{split} {i}", "label": label} for i, label in enumerate(labels)])


def put_all(write, train, validation, test):
    for split, labels in (("train", train), ("validation", validation), ("test", test)):
        put(write, labels, split)


class TestMinusOne:
    def test_beside_0_and_1_it_is_asked(self, write, fault):
        put_all(write, [-1, 0, 1, -1, 0, 1], [0], [1])
        assert fault() == (
            "train.jsonl rows 1 and 4: label -1 beside 0, 1 may be a class, or mean that a row has no label. Say which: "
            '`data.labels: ["-1", "0", "1"]` makes it a class, `data.labels: ["0", "1"]` leaves its rows out.'
        )

    def test_both_answers_hold(self, write, load):
        put_all(write, [-1, 0, 1, -1, 0, 1], [0, -1], [1, -1])
        three = load(labels=["-1", "0", "1"])
        assert [split.labels for split in three.splits.values()] == [["-1", "0", "1"] * 2, ["0", "-1"], ["1", "-1"]]
        two = load(labels=["0", "1"])
        assert [(split.labels, split.dropped) for split in two.splits.values()] == [
            (["0", "1", "0", "1"], {"no label": 2}),
            (["0"], {"no label": 1}),
            (["1"], {"no label": 1}),
        ]

    def test_in_a_csv_as_in_json(self, write, load, fault):
        body = "".join(f"text {i},{i % 3 - 1}\n" for i in range(30))
        write("train.csv", "text,label\n" + body)
        assert "label -1 beside 0, 1 may be a class" in fault()
        assert load(labels=["-1", "0", "1"]).labels == ("-1", "0", "1")

    @pytest.mark.parametrize("others", [["yes", "no"], [0, 1, 2]])
    def test_beside_names_or_ids_it_is_no_label(self, write, load, others):
        put_all(write, [*others, *others, -1], others, others)
        data = load()
        assert data.labels == tuple(sorted(map(str, others)))
        assert data.splits["train"].dropped == {"no label": 1}

    @pytest.mark.parametrize("others", [[1], [-2, 0, 2], [-3]])
    def test_beside_1_alone_or_other_negatives_it_is_a_class_and_told(self, write, load, others):
        put_all(write, [*others, -1] * 4, [-1], [-1])
        data = load()
        assert "-1" in data.labels
        assert any(note.startswith("-1 is read as a class") for note in data.notes)

    def test_a_split_of_nothing_else_is_unlabelled(self, write, load):
        put_all(write, [0, 1] * 4, [0, 1], [-1, -1])
        assert not load().splits["test"].is_labelled


class TestNamesThatAreNumbers:
    def test_a_number_is_the_name_and_never_a_position(self, write, load):
        put_all(write, [1, 2, 3] * 3, [1], [3])
        data = load(labels=["1", "2", "3", "4"])
        assert data.splits["train"].labels == ["1", "2", "3"] * 3
        assert data.splits["test"].labels == ["3"]
        assert data.notes == (
            "labels that are numbers are read as the declared names and never as positions: 1 is the class '1', not '2'",
        )

    def test_a_number_that_is_no_name_is_a_fault_though_it_is_a_position(self, write, fault):
        put_all(write, [0, 1, 2], [1], [1])
        assert fault(labels=["1", "2", "3"]) == (
            "train.jsonl row 1: label 0 is none of the declared names '1', '2', '3': where names are numbers, numbers are "
            "names."
        )

    @pytest.mark.parametrize(
        ("value", "names", "expected"),
        [
            (1.0, ["1", "2"], "1"),
            ("1.0", ["1", "2"], "1"),
            ("1.0", ["1.0", "2.0"], "1.0"),
            (1.0, ["1.0", "2.0"], "1.0"),
            ("1.0", ["no", "yes"], "yes"),
            (np.int64(1), ["1", "2"], "1"),
            (np.int64(1), ["no", "yes"], "yes"),
            (np.float32(1), ["no", "yes"], "yes"),
            (np.bool_(True), ["True", "False"], "True"),
            (True, ["false", "true"], "true"),
            (True, ["False", "True"], "True"),
            (-1, ["-1", "0", "1"], "-1"),
            (-1.0, ["-1", "0", "1"], "-1"),
            ("-1.0", ["a", "b"], None),
            ("2.0", None, "2"),
            ("2.50", None, "2.50"),
            (float("nan"), ["a"], None),
        ],
    )
    def test_one_value(self, value, names, expected):
        assert name_of(value, names) == (expected, None)

    def test_what_a_file_stores_as_ids_is_ids_whatever_its_names_look_like(self, load):
        features = datasets.Features(
            {"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["1", "2", "3"])}
        )
        rows = {"text": [f"t{i}" for i in range(6)], "label": [0, 1, 2, 0, 1, 2]}
        source = dict.fromkeys(("train", "validation", "test"), datasets.Dataset.from_dict(rows, features))
        data = load(source)
        assert data.labels == ("1", "2", "3")
        assert data.splits["train"].labels == ["1", "2", "3"] * 2
        assert load(source, labels=["low", "mid", "high"]).splits["train"].labels == ["low", "mid", "high"] * 2
        turned = load(source, labels=["3", "2", "1"])
        assert (turned.labels, turned.splits["train"].labels) == (("3", "2", "1"), ["1", "2", "3"] * 2)


class TestScoresAndGrades:
    def test_decimals_are_regression_and_how_to_ask_for_classes_is_told(self, write, load):
        put_all(write, [0.5, 1.0, 1.5, 0.5], [0.5], [1.0])
        data = load()
        assert data.kind == "regression"
        assert data.notes == (
            "the labels are 3 different numbers with fractions and are read as numbers to be predicted (regression); where "
            "each is a class of its own, set `task: text-classification`",
        )
        classes = load(task="text-classification")
        assert (classes.labels, classes.notes) == (("0.5", "1", "1.5"), ())
        assert load(task="regression").notes == ()

    def test_missing_scores_are_left_out_of_train(self, write, load):
        put_all(write, [0.5, None, 1.5, "NaN", ""], [0.5], [1.5])
        assert load().splits["train"].dropped == {"no label": 3}

    def test_grades_are_classes_with_a_word_on_regression(self, write, load):
        put_all(write, [1, 2, 3, 4, 5] * 2, [1], [5])
        data = load()
        assert data.labels == ("1", "2", "3", "4", "5")
        assert data.notes == (
            "the labels are the whole numbers 1 to 5 and are read as 5 classes; where they are grades or ratings to be "
            "predicted as a number, set `task: regression`",
        )
        assert load(task="regression").kind == "regression"

    def test_two_classes_are_no_grades(self, write, load):
        put_all(write, [0, 1] * 4, [0], [1])
        assert load().notes == ()


@pytest.mark.parametrize("number", ["9" * 5_000, f"{'9' * 5_000}.0", "9" * 19, "-" + "9" * 5_000])
@pytest.mark.parametrize("names", [None, ["a", "b"]])
def test_a_number_of_thousands_of_digits_is_a_name(number, names):
    assert name_of(number, names) == (number, None)
