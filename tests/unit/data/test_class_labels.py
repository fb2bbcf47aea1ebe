"""Labels of texts: names, ids, bare integers, unlabelled rows, and labels that cannot be."""

from __future__ import annotations

import pytest

from tunecard.tasks.labels import name_of

NAMES = ["negative", "neutral", "positive"]


def rows(*labels):
    return [{"text": f"text {i}", "label": label} for i, label in enumerate(labels)]


def test_strings_are_sorted(write, load):
    write("train.jsonl", rows(*"cabcab"))
    write("validation.jsonl", rows("b"))
    write("test.jsonl", rows("a"))
    data = load()
    assert data.labels == ("a", "b", "c")
    assert data.splits["train"].labels == list("cabcab")
    assert "label_names" not in data.declared


def test_bare_integers_become_their_own_names_in_order_of_number(write, load):
    write("train.jsonl", rows(*range(11), *range(11)))
    write("validation.jsonl", rows(10))
    write("test.jsonl", rows(2))
    data = load()
    assert data.labels == ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10")
    assert data.splits["test"].labels == ["2"]


def test_the_recipe_names_integers(write, load):
    write("train.csv", "text,label\na,0\nb,2\nc,0\nd,2\n")
    write("validation.csv", "text,label\na,1\n")
    write("test.csv", "text,label\na,2\n")
    data = load(labels=NAMES)
    assert data.labels == tuple(NAMES)
    assert [split.labels for split in data.splits.values()] == [
        ["negative", "positive", "negative", "positive"],
        ["neutral"],
        ["positive"],
    ]
    assert data.declared["label_names"] == "the recipe's `data.labels`"


def test_leading_zeros_are_text(write, load):
    write("train.csv", "text,label\na,007\nb,7\nc,007\nd,7\n")
    write("test.csv", "text,label\na,007\n")
    write("dev.csv", "text,label\na,7\n")
    assert load().labels == ("007", "7")


@pytest.mark.parametrize(
    ("value", "names", "expected"),
    [
        ("neutral", NAMES, "neutral"),
        (2, NAMES, "positive"),
        ("2", NAMES, "positive"),
        (2.0, NAMES, "positive"),
        ("02", NAMES, "02"),
        (2, None, "2"),
        (True, None, "true"),
        ("-1", ["-1", "1"], "-1"),
        ("-1", None, "-1"),
        (-1, NAMES, None),
        (None, NAMES, None),
        ("", NAMES, None),
        (float("nan"), None, None),
    ],
)
def test_one_value(value, names, expected):
    assert name_of(value, names) == (expected, None)


def test_a_misspelt_label_names_its_row_and_the_nearest(write, fault):
    write("metadata.json", {"columns": {"label": {"names": ["protein", "DNA", "RNA", "cell_line", "cell_type"]}}})
    body = "".join(f"text {i},{['protein', 'DNA'][i % 2]}\n" for i in range(16))
    write("train.csv", "text,label\n" + body + "text,protien\n")
    assert fault() == (
        "train.csv row 17: label 'protien' is not one of 5 labels. Did you mean 'protein'? "
        "Mend the label, add it to the declared names, or empty it, which leaves the row out."
    )


def test_a_label_that_train_does_not_have(write, fault):
    write("train.csv", "text,label\na,yes\nb,no\nc,yes\n")
    write("validation.csv", "text,label\na,yes\nb,maybe\n")
    write("test.csv", "text,label\na,yess\n")
    assert fault() == (
        "2 problems\n"
        "  validation.csv row 2: label 'maybe' is not one of 2 labels. They are 'no', 'yes'. Train has no such row: "
        'add some, name all labels (`data.labels: ["no", "yes", "maybe"]`), mend this one, or remove the row.\n'
        "  test.csv row 1: label 'yess' is not one of 2 labels. Did you mean 'yes'? Train has no such row: "
        'add some, name all labels (`data.labels: ["no", "yes", "yess"]`), mend this one, or remove the row.'
    )


def test_ids_out_of_range(write, fault):
    write("train.jsonl", rows(0, 1, 3, -2))
    assert fault(labels=NAMES) == (
        "2 problems\n"
        "  train.jsonl row 3: label 3 is not an id from 0 to 2 of the 3 declared labels.\n"
        "  train.jsonl row 4: label -2 is not an id from 0 to 2 of the 3 declared labels."
    )


def test_labels_of_another_task(write, fault):
    write("train.jsonl", rows("a", "b", [1], {"a": 1}))
    assert fault() == (
        "2 problems\n"
        "  train.jsonl row 3: a label must be one class name or id. Got a list, as in multi-label classification.\n"
        "  train.jsonl row 4: a label must be one class name or id. Got an object."
    )


def test_one_class_only(write, fault):
    write("train.jsonl", rows("a", "a", "a"))
    assert fault() == "train.jsonl: train must hold at least two classes. Got 'a' in all 3 rows."


def test_a_sample_with_one_class(write, fault):
    write("train.jsonl", rows(*"ab" * 20))
    assert fault(sample={"train": 1}) == (
        "`data.sample.train` leaves too little: train must hold at least two classes. Got 'a' in all 1 rows. Raise it."
    )


class TestUnlabelled:
    def test_a_whole_split_is_kept_for_prediction(self, write, load):
        write("train.jsonl", rows(*"abab"))
        write("validation.jsonl", rows(-1, -1))
        write("test.jsonl", [{"text": "no label at all"}])
        data = load()
        assert [split.is_labelled for split in data.splits.values()] == [True, False, False]
        assert data.splits["validation"].labels == [None, None]

    def test_single_rows_outside_train_are_left_out_and_counted(self, write, load):
        write("train.jsonl", rows(*"abab"))
        write("validation.jsonl", rows("a"))
        write("test.jsonl", rows("a", -1, "b", None))
        test = load().splits["test"]
        assert (test.rows, test.labels, test.dropped) == ([0, 2], ["a", "b"], {"no label": 2})

    def test_in_train_they_are_left_out_counted_and_told(self, write, load):
        write("train.jsonl", rows("a", -1, "b", None, "", "NaN", " nan ", "<NA>", "\u200b", "a", "b"))
        write("validation.jsonl", rows("a"))
        write("test.jsonl", rows("b"))
        data = load()
        train = data.splits["train"]
        assert (train.rows, train.labels, train.dropped) == ([0, 2, 9, 10], ["a", "b", "a", "b"], {"no label": 7})
        assert data.notes == ("train.jsonl: 7 of 11 rows have no label and are left out",)

    def test_a_train_split_of_them(self, write, fault):
        write("train.jsonl", rows(-1, -1))
        assert fault() == (
            "train.jsonl: train must have labels. Got none (all are missing or -1). Check which column holds them."
        )

    def test_a_declared_name_is_never_missing(self, write, load):
        write("train.csv", "text,label\na,NaN\nb,Infinity\nc,NaN\nd,Infinity\n")
        write("validation.csv", "text,label\na,NaN\n")
        write("test.csv", "text,label\na,\nb,NaN\n")
        data = load(labels=["Infinity", "NaN"])
        assert data.splits["train"].labels == ["NaN", "Infinity", "NaN", "Infinity"]
        assert data.splits["test"].dropped == {"no label": 1}

    def test_none_and_na_stay_classes_and_are_pointed_out(self, write, load):
        write("train.csv", "text,label\na,none\nb,pro\nc,none\nd,NA\ne,pro\nf,NA\n")
        write("validation.csv", "text,label\na,none\n")
        write("test.csv", "text,label\na,NA\n")
        data = load()
        assert data.labels == ("NA", "none", "pro")
        assert data.notes == (
            "'NA' (3 rows) and 'none' (3 rows) is read as a class: where it means that there is no label, empty those "
            "fields or remove the rows",
        )


class TestTexts:
    def test_empty_and_other_kinds(self, write, fault):
        write(
            "train.jsonl",
            [
                {"text": text, "label": "ab"[i % 2]}
                for i, text in enumerate(["ok", "", " \t", None, 5, ["a"], "fine", "\ud800 half"])
            ],
        )
        assert fault() == (
            "3 problems\n"
            "  train.jsonl rows 2 and 3: 'text' is empty. Write a text or remove the row.\n"
            "  train.jsonl rows 4, 5 and 6: 'text' must be text. Got nothing (null), 5, ['a'].\n"
            "  train.jsonl row 8: 'text' holds half a character (a lone surrogate). Mend the text."
        )

    def test_of_pairs(self, write, fault):
        write("train.csv", "premise,hypothesis,label\na,b,x\nc,,y\n")
        assert fault() == "train.csv row 2: 'hypothesis' is empty. Write a text or remove the row."

    def test_many_rows_are_counted(self, write, fault):
        write("train.jsonl", [{"text": "", "label": "ab"[i % 2]} for i in range(15)])
        assert fault() == (
            "train.jsonl rows 1, 2, 3 and 12 more (15 in all): 'text' is empty. Write a text or remove the row."
        )

    def test_text_and_label_faults_come_together(self, write, fault):
        write("train.jsonl", [{"text": "", "label": [1]}, {"text": "a", "label": "b"}])
        write("test.jsonl", [{"text": 3, "label": "b"}])
        assert fault().splitlines()[0] == "3 problems"


def test_half_a_character_is_no_label():
    assert name_of("x\ud800", None) == (None, "a label must be text. Got half a character (a lone surrogate).")
