"""Words that nobody can see are left out by one function, in training and in prediction."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities

from tunecard.data import DataPlan, load_dataset
from tunecard.errors import DataError
from tunecard.rows.text import is_invisible
from tunecard.tasks.visible import only_visible, visible_places

UNSEEN = [
    "",
    " ",
    "\n",
    "\u00a0",
    "\u200b",
    "\u00ad",
    "\u200f",
    "\ufeff",
    "\u2060",
    "\u3164",
    "\ufe0f",
    "\x07",
    " \u200d ",
]
SEEN = ["a", ".", "\u00e9", "\u4e2d", "\U0001f600", "a\u200b", "\u0301", "-"]


@pytest.mark.parametrize("word", UNSEEN)
def test_unseen(word):
    assert is_invisible(word)


@pytest.mark.parametrize("word", SEEN)
def test_seen(word):
    assert not is_invisible(word)


@pytest.mark.parametrize(
    ("words", "tags", "expected", "lost"),
    [
        (["a", " ", "b"], ["B-x", "I-x", "I-x"], ["B-x", "I-x"], 0),
        ([" ", "a"], ["B-x", "I-x"], ["B-x"], 0),
        ([" ", "\u200b", "a", "b"], ["B-x", "I-x", "I-x", "I-x"], ["B-x", "I-x"], 0),
        (["a", " ", "b"], ["B-x", "B-x", "I-x"], ["B-x", "B-x"], 0),
        (["a", " "], ["O", "B-x"], ["O"], 1),
        (["a", " ", " ", "b"], ["O", "B-x", "I-x", "B-y"], ["O", "B-y"], 1),
        ([" ", " ", "b"], ["B-x", "B-y", "O"], ["O"], 2),
        (["a", " "], ["B-x", "I-x"], ["B-x"], 0),
    ],
)
def test_tags_go_with_their_words(words, tags, expected, lost):
    found = only_visible([words], [tags])
    assert found.tokens == [[word for word in words if not is_invisible(word)]]
    assert found.labels == [expected]
    assert len(found.lost) == lost


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["a", " "]), st.sampled_from(["O", "B-x", "I-x", "B-y", "I-y"])), min_size=1))
def test_entities_that_keep_a_word_are_the_ones_seqeval_finds(pairs):
    words, tags = [word for word, _ in pairs], []
    for _, tag in pairs:  # make it valid IOB2
        goes_on = tag[0] == "I" and tags and tags[-1][0] in "BI" and tags[-1][1:] == tag[1:]
        tags.append(tag if tag[0] != "I" or goes_on else f"B{tag[1:]}")
    seen = visible_places(words)
    expected = [
        (kind, [seen.index(place) for place in range(first, last + 1) if place in seen])
        for kind, first, last in get_entities(tags)
    ]
    found = only_visible([words], [tags])
    assert [(kind, list(range(first, last + 1))) for kind, first, last in get_entities(found.labels[0])] == [
        (kind, places) for kind, places in expected if places
    ]
    assert len(found.lost) == sum(not places for _, places in expected)


def write_rows(path, rows):
    import json

    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_in_a_file_they_are_left_out_and_told(tmp_path):
    rows = [
        {"tokens": ["Ana", "ran", " "], "tags": ["B-PER", "O", "B-PER"]},
        {"tokens": ["Bo", "\u200b"], "tags": ["B-PER", "O"]},
    ]
    for split in ("train", "validation", "test"):
        write_rows(tmp_path / f"{split}.jsonl", rows[: 2 if split == "train" else 1])
    write_rows(tmp_path / "validation.jsonl", [{"tokens": ["Ed"], "tags": ["B-PER"]}])
    write_rows(tmp_path / "test.jsonl", [{"tokens": ["Ed"], "tags": ["B-PER"]}])
    data = load_dataset(DataPlan(source=str(tmp_path)))
    assert data.splits["train"].inputs["tokens"] == [["Ana", "ran"], ["Bo"]]
    assert data.splits["train"].labels == [["B-PER", "O"], ["B-PER"]]
    assert data.notes == (
        "train.jsonl row 1, word 3; row 2, word 2: words of which nothing can be seen (blanks, zero-width or control "
        "characters) are left out, as they are when predicting",
        "train.jsonl row 1, word 3: entities of nothing but such words are lost",
    )


def test_a_row_of_nothing_else_is_a_fault(tmp_path):
    write_rows(
        tmp_path / "train.jsonl",
        [{"tokens": ["Ana"], "tags": ["B-PER"]}, {"tokens": [" ", "\u200b"], "tags": ["O", "O"]}],
    )
    with pytest.raises(DataError, match="row 2: has no word that can be seen"):
        load_dataset(DataPlan(source=str(tmp_path)))


@pytest.mark.parametrize("text", ["", " ", "\u200b", "\u00ad\n"])
def test_a_text_of_nothing_else_is_empty_in_training_and_prediction(tmp_path, text):
    from tunecard.inference.raw_text.texts import fault_in_text

    write_rows(tmp_path / "train.jsonl", [{"text": "a", "label": "x"}, {"text": text, "label": "y"}])
    with pytest.raises(DataError, match="row 2: 'text' is empty"):
        load_dataset(DataPlan(source=str(tmp_path)))
    assert fault_in_text(text) == "the text is empty."
