"""Columns are guessed where the names are usual, and never where it is doubtful."""

from __future__ import annotations

import pytest

from tunecard.data.columns import find_columns
from tunecard.data.plan import DataPlan
from tunecard.data.source import Source
from tunecard.errors import DataError
from tunecard.rows.table import table_of

WORDS, TAGS = [["a"]], [["O"]]


def find(values, **plan):
    task, columns = find_columns(Source("set", {"train": table_of("train.csv", values)}), DataPlan("x", **plan))
    return task.name, columns


def message(values, **plan):
    with pytest.raises(DataError) as caught:
        find(values, **plan)
    return str(caught.value)


@pytest.mark.parametrize(
    ("values", "kind", "columns"),
    [
        ({"text": ["a"], "label": ["b"]}, "text", {"text": "text", "label": "label"}),
        ({"Sentence": ["a"], "Intent": ["b"]}, "text", {"text": "Sentence", "label": "Intent"}),
        (
            {"premise": ["a"], "hypothesis": ["b"], "label": [0], "genre": ["c"]},
            "text",
            {"text": "premise", "text_pair": "hypothesis", "label": "label"},
        ),
        (
            {"question": ["a"], "sentence": ["b"], "label": [0]},
            "text",
            {"text": "question", "text_pair": "sentence", "label": "label"},
        ),
        ({"id": ["1"], "words": WORDS, "ner_tags": TAGS}, "token", {"tokens": "words", "tags": "ner_tags"}),
        (
            {"tokens": WORDS, "pos_tags": TAGS, "ner_tags": TAGS},
            "token",
            {"tokens": "tokens", "tags": "ner_tags"},
        ),
        ({"tokens": WORDS, "tags": TAGS, "labels": ["x"]}, "token", {"tokens": "tokens", "tags": "tags"}),
        ({"text": ["a"], "spans": [[]]}, "token", {"text": "text", "spans": "spans"}),
    ],
)
def test_usual_names(values, kind, columns):
    assert find(values) == (f"{kind}-classification", columns)


def test_told_columns_win_and_the_rest_is_guessed():
    values = {"text": ["a"], "sentence": ["b"], "label": [0], "intent": [1]}
    assert find(values, columns={"text": "sentence", "label": "intent"})[1] == {"text": "sentence", "label": "intent"}
    assert find({"body": ["a"], "class": ["b"]}, columns={"text": "body"})[1] == {"text": "body", "label": "class"}


def test_two_that_could_be_the_text():
    assert message({"text": ["a"], "sentence": ["b"], "label": [0]}) == (
        "train.csv: 'text' and 'sentence' could each be the text. Set `data.columns.text`. "
        "The columns are 'text', 'sentence', 'label'."
    )


def test_two_that_could_be_the_label():
    assert message({"text": ["a"], "label": [0], "intent": [0]}) == (
        "train.csv: 'label' and 'intent' could each be the label. Set `data.columns.label`. "
        "The columns are 'text', 'label', 'intent'."
    )


@pytest.mark.parametrize(
    ("values", "role"),
    [
        ({"a": ["x"], "label": ["y"]}, "text"),
        ({"text": ["x"], "V": [1.0]}, "label"),
        ({"tokens": WORDS, "x": TAGS}, "tags"),
    ],
)
def test_none_that_could_be(values, role):
    listed = ", ".join(repr(name) for name in values)
    assert message(values) == (
        f"train.csv: no column has a usual name for the {role}. Set `data.columns.{role}`. The columns are {listed}."
    )


def test_a_told_column_that_is_not_there():
    assert message({"text": ["a"], "label": ["b"]}, columns={"text": "txt", "lable": "label"}) == (
        "2 problems\n"
        "  `data.columns.lable` is not a key. Did you mean 'label'? Use question, context, answers, answer_start, "
        "is_impossible, text, choices, label, tokens, tags, spans, text_pair, negative.\n"
        "  train.csv: `data.columns.text` is 'txt' and there is no such column. Did you mean 'text'? "
        "The columns are 'text', 'label'."
    )


def test_an_unknown_factor(write, fault):
    write("train.csv", "text,label,genre\na,b,c\n")
    assert fault("train.csv", factors=["length", "gender"]) == (
        "train.csv: `evaluation.factors` names 'gender' and there is no such column. Did you mean 'genre'? "
        "The columns are 'text', 'label', 'genre'."
    )


def test_a_task_of_tokens_from_a_table_of_text(write, fault):
    write("train.csv", "tokens,tags\na b,O O\n")
    assert fault("train.csv", task="token-classification") == (
        "2 problems\n  train.csv row 1: the tokens must be a list. Got 'a b'.\n"
        "  train.csv row 1: the tags must be a list. Got 'O O'."
    )
