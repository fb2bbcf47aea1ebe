"""Character spans become words and tags without losing or moving a character."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tunecard.tasks.spans import tokens_of_spans

QUICK = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def span(start, end, label="X", **more):
    return {"start": start, "end": end, "label": label, **more}


def test_words_and_marks():
    assert tokens_of_spans("Dr. O'Neil's well-known, 3.5 kg (e.g.)!", []) == (
        ["Dr", ".", "O'Neil's", "well-known", ",", "3.5", "kg", "(", "e.g", ".", ")", "!"],
        ["O"] * 12,
        [],
    )


def test_tags_of_touching_spans_and_of_several_words():
    text = "Ana Silva met IBM"
    words, tags, faults = tokens_of_spans(text, [span(14, 17, "ORG"), span(0, 9, "PER")])
    assert (words, tags, faults) == (["Ana", "Silva", "met", "IBM"], ["B-PER", "I-PER", "O", "B-ORG"], [])
    assert tokens_of_spans("AB", [span(0, 1), span(1, 2)])[:2] == (["A", "B"], ["B-X", "B-X"])


def test_a_span_inside_a_word_splits_it():
    assert tokens_of_spans("the London-based NHS's", [span(4, 10), span(17, 20)])[:2] == (
        ["the", "London", "-based", "NHS", "'s"],
        ["O", "B-X", "O", "B-X", "O"],
    )


def test_no_spans_is_unlabelled():
    assert tokens_of_spans("a b", None) == (["a", "b"], None, [])


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        (
            [span(0, 5), span(3, 7)],
            "spans must not overlap, as a word has one tag. Got X 0-5 and X 3-7. Keep one of each two.",
        ),
        ([span(0, 99)], "a span must lie within its text, start before end. Got 0-99 of 11 characters."),
        ([span(3, 3)], "a span must lie within its text, start before end. Got 3-3 of 11 characters."),
        ([span("0", 3)], "a span must lie within its text, start before end. Got '0'-3 of 11 characters."),
        ([span(5, 6)], "a span must hold a word. Got 5-6, of which nothing can be seen."),
        ([span(0, 5, 3)], "a span's label must be text. Got 3."),
        ([{"start": 0}], "a span must have start, end and label. Got {'start': 0}."),
        ([span(0, 5, text="world")], "a span's text must be what it marks. Got 'world' at 0-5, 'hello'."),
        ("x", "the spans must be a list. Got 'x'."),
    ],
)
def test_spans_that_cannot_be(spans, expected):
    [(kind, got)] = tokens_of_spans("hello world", spans)[2]
    assert kind.replace("{got}", got) == expected


def test_in_a_file(write, load, fault):
    good = {"text": "Ana ran", "spans": [span(0, 3, "PER")]}
    write("train.jsonl", [good] * 3 + [{"text": "Bo sat", "spans": []}])
    write("dev.jsonl", [good])
    write("test.jsonl", [good])
    data = load()
    assert data.splits["test"].inputs == {"tokens": [["Ana", "ran"]]}
    assert data.columns == {"text": "text", "spans": "spans"}
    write("test.jsonl", [good, {"text": "Bo", "spans": [span(0, 9)]}])
    assert fault() == "test.jsonl row 2: a span must lie within its text, start before end. Got 0-9 of 2 characters."


@QUICK
@given(st.text(alphabet="aB3é-'., \n\u2019x", min_size=1, max_size=30), st.data())
def test_every_character_that_is_not_white_space_is_in_one_word(text, data):
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    words, tags, faults = tokens_of_spans(text, [span(start, end)])
    if faults:
        assert not text[start:end].strip()
        return
    assert "".join(words) == "".join(text.split())
    inside = "".join(word for word, tag in zip(words, tags, strict=True) if tag != "O")
    assert inside == "".join(text[start:end].split())


def test_the_texts_of_the_source_stay_beside_the_words(write, load):
    rows = [{"text": f"Ana  met Bo-{number}", "spans": [span(0, 3, "PER")]} for number in range(6)]
    for split in ("train", "dev", "test"):
        write(f"{split}.jsonl", rows)
    test = load().splits["test"]
    assert test.take([1, 0]).written == ["Ana  met Bo-1", "Ana  met Bo-0"] and set(test.inputs) == {"tokens"}
