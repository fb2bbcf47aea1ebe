"""Labels that are one to a reader's eye are refused with what to type, or merged on request and told."""

from __future__ import annotations

import pytest

from tunecard.tasks.alike import find_alike, likeness

NBSP, ZERO_WIDTH = "\u00a0", "\u200b"


def put(write, train, validation=("pro", "con"), test=("pro", "con")):
    for split, labels in (("train", train), ("validation", validation), ("test", test)):
        write(f"{split}.jsonl", [{"text": f"{split} {i}", "label": label} for i, label in enumerate(labels)])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("pro", "Pro"),
        ("pro", " pro "),
        ("pro", f"pro{NBSP}"),
        ("pro", f"p{ZERO_WIDTH}ro"),
        ("cell type", f"cell{NBSP} type"),
        ("caf\u00e9", "cafe\u0301"),
        ("\uff50ro", "pro"),
    ],
)
def test_alike(one, other):
    assert likeness(one) == likeness(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Masse", "Ma\u00dfe"), ("C", "C++"), ("a b", "ab"), ("e", "\u00e9"), ("1", "-1")]
)
def test_not_alike(one, other):
    assert likeness(one) != likeness(other)


def test_the_kept_form_is_the_most_frequent_without_stray_blanks():
    [group] = find_alike({" pro": 3, "pro": 1, "Pro": 3, "con": 9})
    assert (group.kept, group.counts) == ("pro", {" pro": 3, "Pro": 3, "pro": 1})
    [group] = find_alike({"Pro": 3, "pro": 3})
    assert group.kept == "pro"


def test_a_declared_form_is_kept_however_rare_and_two_of_them_are_two_classes():
    assert find_alike({"PRO": 9}, ["Pro"])[0].kept == "Pro"
    assert find_alike({"Pro": 9, "pro": 9}, ["Pro", "pro"]) == []


def test_they_are_refused_with_groups_counts_and_what_to_type(write, fault):
    put(write, ["con", "con ", "Con", "con", "pro", "PRO"], test=["pro", "Pro"])
    assert fault() == (
        "train.jsonl and validation.jsonl and test.jsonl: labels differ only in case, blanks or Unicode form: 'con' (3), "
        "'Con' (1), 'con ' (1); 'pro' (3), 'PRO' (1), 'Pro' (1). Set `data.labels_alike: merge` to make each group one "
        "('con', 'pro'), mend the data, or list in `data.labels` every name that is meant."
    )


def test_of_other_splits_too(write, fault, load):
    put(write, ["Pro", "con"] * 3, test=["pro", "con"])
    assert "'Pro' (3), 'pro' (2)" in fault()
    data = load(labels_alike="merge")
    assert data.labels == ("Pro", "con")
    assert data.splits["test"].labels == ["Pro", "con"]


def test_merged_on_request_and_told(write, load):
    put(write, ["con", "con ", "Con", "con", "pro", "PRO"], test=["pro", "Pro"])
    data = load(labels_alike="merge")
    assert data.labels == ("con", "pro")
    assert data.splits["train"].labels == ["con", "con", "con", "con", "pro", "pro"]
    assert data.splits["test"].labels == ["pro", "pro"]
    assert data.notes == (
        "labels that differ only in case, blanks or Unicode form were merged: 'Con' (1), 'con ' (1) became 'con'; "
        "'PRO' (1), 'Pro' (1) became 'pro'",
    )


def test_declared_names_are_merged_on_request_only(write, load, fault):
    put(write, ["Con", "Pro"] * 3, ["Con"], ["Pro"])
    assert "'Con' (4)" in fault(labels=["pro", "con"])
    data = load(labels=["pro", "con"], labels_alike="merge")
    assert data.labels == ("pro", "con")
    assert data.splits["train"].labels == ["con", "pro"] * 3


def test_a_form_between_two_declared_names_is_never_merged(write, fault):
    put(write, ["Pro", "pro", "PRO"], ["pro"], ["pro"])
    assert "label 'PRO' is not one of 2 labels" in fault(labels=["Pro", "pro"], labels_alike="merge")


def test_other_faults_are_told_with_them(write, fault):
    put(write, ["con", "con ", "pro"], test=["mixed"])
    told = fault()
    assert "2 problems" in told
    assert "'mixed' is not one of 2 labels" in told


class TestTypes:
    def put(self, write, *rows, test=("B-PER", "O")):
        write("train.jsonl", [{"tokens": ["a"] * len(tags), "tags": tags} for tags in rows])
        write("validation.jsonl", [{"tokens": ["a"], "tags": ["B-PER"]}])
        write("test.jsonl", [{"tokens": ["a"] * len(test), "tags": list(test)}])

    def test_are_refused(self, write, fault):
        self.put(write, ["B-PER", "I-PER"], ["B-Per", "O"], ["B-PER ", "O"])
        assert fault() == (
            "train.jsonl and validation.jsonl and test.jsonl: entity types differ only in case, blanks or Unicode form: "
            "'PER' (4), 'PER ' (1), 'Per' (1). Set `data.labels_alike: merge` to make each group one ('PER'), mend the "
            "data, or list in `data.labels` every name that is meant."
        )

    def test_are_merged_before_the_scheme_is_judged(self, write, load):
        self.put(write, ["B-PER", "I-Per"], ["b-per", " O"], ["B-PER ", "o"])
        data = load(labels_alike="merge")
        assert data.labels == ("O", "B-PER", "I-PER")
        assert data.splits["train"].labels == [["B-PER", "I-PER"], ["B-PER", "O"], ["B-PER", "O"]]

    def test_tags_of_untidy_form_are_refused_with_what_they_would_become(self, write, fault):
        self.put(write, ["B-PER", "o"], ["b-PER", "O"])
        told = fault()
        assert "tags differ only in case, blanks or Unicode form: 'b-PER' (1); 'o' (1)" in told
        assert "('B-PER', 'O')" in told
