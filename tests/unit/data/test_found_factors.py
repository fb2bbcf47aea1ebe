"""Factors that are found in the rows: each rule, and that only what tells rows apart is kept."""

from dataclasses import replace

import pytest

from tunecard.data.found_factors import (
    capitals,
    digits,
    form,
    is_english,
    label_shares,
    negation,
    with_found_factors,
    with_rare_pieces,
    writing_system,
)
from tunecard.rows.dataset import Dataset, Split


def split(name, texts, factors=None):
    return Split(name, list(range(len(texts))), {"text": texts}, ["a"] * len(texts), factors or {}, "given", {}, None)


def marked(texts, train=("I have the map and it is for you.",), factors=None):
    splits = {"train": split("train", list(train)), "test": split("test", texts, factors)}
    dataset = Dataset("d", "text-classification", ("a", "b"), splits, {"text": "text"}, None, {})
    return with_found_factors(dataset).splits


@pytest.mark.parametrize(
    ("rule", "text", "value"),
    [
        (digits, "room \u0664", "has a digit"),
        (digits, "room four", "no digit"),
        (capitals, "STOP NOW", "half or more"),
        (capitals, "the USA is far from here", "some"),
        (capitals, "I am A", "none"),
        (form, 'He asked: "why?"', "question"),
        (form, "why? because.", "statement"),
        (form, "\u4ed6\u597d\u5417\uff1f", "question"),
        (writing_system, "\u043c\u0438\u0440 ok", "Cyrillic"),
        (writing_system, "12!", "no letters"),
        (negation, "We couldn\u2019t go", "has a negation"),
        (negation, "Knots and nobles", "no negation"),
    ],
)
def test_a_rule_gives_each_row_a_value(rule, text, value):
    assert rule([text]) == value


def test_only_what_tells_enough_rows_apart_is_kept():
    texts = ["it is 5 o'clock"] * 20 + ["it is late"] * 20 + ["is it?"] * 19
    factors = marked(texts)["test"].factors
    assert list(factors) == ["digits"]
    assert factors["digits"][0] == "has a digit" and factors["digits"][-1] == "no digit"


def test_a_label_is_as_frequent_as_in_training():
    train = Split("train", list(range(100)), {}, ["a"] * 96 + ["b"] * 3 + ["c"], {}, "given", {}, None)
    rows = replace(split("test", ["x"] * 4), labels=["a", "b", "c", "d"])
    assert label_shares(train, rows) == ["20 % or more", "1 to 5 %", "1 to 5 %", "under 1 %"]
    assert label_shares(None, rows) == [] and label_shares(train, replace(rows, labels=[["a"]] * 4)) == []


def test_training_rows_have_none_and_a_column_keeps_its_name():
    texts = ["5"] * 20 + ["five"] * 20
    splits = marked(texts, factors={"digits": ["own"] * 40})
    assert splits["train"].factors == {} and splits["test"].factors["digits"] == ["own"] * 40


def test_negation_is_looked_for_in_english_alone():
    texts = ["it is not so"] * 20 + ["it is so"] * 20
    assert "negation" in marked(texts)["test"].factors
    german = ["Das ist nicht die Frage, was wir in der Stadt haben."]
    assert "negation" not in marked(texts, german)["test"].factors
    assert not is_english({"train": split("train", german)}) and not is_english({"train": split("train", ["12"])})


def test_pieces_that_few_training_rows_have_are_rare():
    train = split("train", ["x"] * 10)
    dataset = Dataset(
        "d", "text-classification", ("a", "b"), {"train": train, "test": split("test", ["x"] * 60)}, {}, None, {}
    )
    often, seldom = [[1, 2]] * 10, [[1, 2]] * 6 + [[1, 2, 9]] * 4
    rows = [[1, 2]] * 20 + [[1] * 10 + [9]] * 20 + [[1, 9]] * 20
    found = with_rare_pieces(dataset, {"train": seldom, "test": rows}).splits
    assert found["test"].factors["rare pieces"] == ["none"] * 20 + ["under a tenth"] * 20 + ["a tenth or more"] * 20
    assert not found["train"].factors
    alike = with_rare_pieces(dataset, {"train": often, "test": [[1, 2]] * 60})
    assert not alike.splits["test"].factors and with_rare_pieces(dataset, {"test": rows}) is dataset
