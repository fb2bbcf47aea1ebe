"""Gold answers in the forms that files have them, each found in its context or told with its row."""

from __future__ import annotations

import json

import pytest

from tunecard.rows.table import table_of
from tunecard.tasks.gold_answers import Gold, read_answers

CONTEXT = "In 1066 the \U0001d53bukes of Oslo left Oslo."  # the letter takes four bytes, and two units in UTF-16


def read(answers, context=CONTEXT, **columns):
    more = {name: [value] for name, value in columns.items()}
    gold, faults = read_answers(table_of("t.jsonl", {"text_pair": [context], "answers": [answers], **more}))
    return gold[0], faults


@pytest.mark.parametrize(
    ("answers", "more", "gold"),
    [
        ({"text": ["1066"], "answer_start": [3]}, {}, Gold(["1066"], [3])),
        ({"text": ["1066", "In 1066"], "answer_start": [3, 0]}, {}, Gold(["1066", "In 1066"], [3, 0])),
        (
            [{"text": "Oslo", "answer_start": 31}, {"text": "1066", "answer_start": 3}],
            {},
            Gold(["Oslo", "1066"], [31, 3]),
        ),
        ({"text": [], "answer_start": []}, {}, Gold([], [])),
        ([], {}, Gold([], [])),
        (None, {}, Gold(None, [])),
        ("", {}, Gold(None, [])),
        (None, {"is_impossible": True}, Gold([], [])),
        ("", {"is_impossible": "True"}, Gold([], [])),
        ([], {"is_impossible": True}, Gold([], [])),
        ("1066", {"is_impossible": False}, Gold(["1066"], [3])),
        ("left", {}, Gold(["left"], [26])),
        (["1066", "left"], {}, Gold(["1066", "left"], [3, 26])),
        ("Oslo", {"answer_start": 31}, Gold(["Oslo"], [31])),
        ("Oslo", {"answer_start": "31"}, Gold(["Oslo"], [31])),
        ("Oslo", {"answer_start": 31.0}, Gold(["Oslo"], [31])),
        ({"text": ["1066"], "answer_start": [-1]}, {}, Gold(["1066"], [3])),
        (json.dumps({"text": ["1066"], "answer_start": [3]}), {}, Gold(["1066"], [3])),
        ("{'text': ['1066'], 'answer_start': [3]}", {}, Gold(["1066"], [3])),
    ],
)
def test_every_usual_form_is_read(answers, more, gold):
    assert read(answers, **more) == (gold, [])


@pytest.mark.parametrize(
    ("answers", "fault"),
    [
        (
            {"text": ["Oslo"], "answer_start": [20]},
            "t.jsonl row 1: an answer must stand in its context, character by character, where answer_start says. "
            "Got 'Oslo' at 20, where the context has ' Osl'. Mend the place, or leave it out where the answer stands in "
            "the context once.",
        ),
        (
            {"text": ["Oslo"], "answer_start": [24]},
            "Got 'Oslo' at 24, where the context has 'o le' (as a count of UTF-8 bytes it would fit: count characters).",
        ),
        (
            {"text": ["Oslo"], "answer_start": [22]},
            "Got 'Oslo' at 22, where the context has 'slo ' (as a count of UTF-16 units it would fit: count characters).",
        ),
        ({"text": ["Oslo"], "answer_start": [999]}, "Got 'Oslo' at 999, where the context has ''."),
        ({"text": ["Oslo"], "answer_start": ["x"]}, "answer_start must be a whole number"),
        ("Oslo", "an answer that stands in its context more than once needs its answer_start. Got 'Oslo'."),
        ("Rome", "so that it can be marked there. Got 'Rome'."),
        ([" "], "an answer must be a text in which something can be seen. Got ' '."),
        ([7], "an answer must be a text in which something can be seen. Got 7."),
        (7, "an answer must be a text in which something can be seen. Got 7."),
        ({"texts": ["a"], "answer_start": [1, 2]}, "with as many places as texts"),
        ({"label": 3}, "answers must be a text, a list of texts, or {text: [...], answer_start: [...]}"),
    ],
)
def test_each_slip_is_told_with_its_row(answers, fault):
    _, faults = read(answers)
    assert len(faults) == 1
    assert fault in faults[0]


def test_the_counts_of_the_faults_above_are_what_they_say():
    before = CONTEXT[: CONTEXT.index("Oslo")]
    assert (len(before), len(before.encode()), len(before.encode("utf-16-le")) // 2) == (21, 24, 22)


def test_a_row_cannot_be_both():
    _, faults = read("1066", is_impossible=True)
    assert "a row that is_impossible must have no answers. Got '1066'." in faults[0]
