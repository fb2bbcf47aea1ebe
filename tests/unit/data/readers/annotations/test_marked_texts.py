"""Texts with marked passages or with their class in a list: doccano, spaCy's pairs, Azure, Hugging Face."""

from __future__ import annotations

import pytest

TEXT = "Ana ran to Rio"
TAGS = ["B-PER", "O", "O", "B-LOC"]


def put(write, rows):
    for split in ("train", "validation", "test"):
        write(f"{split}.jsonl", rows)


@pytest.mark.parametrize(
    "row",
    [
        {"id": 1, "text": TEXT, "label": [[0, 3, "PER"], [11, 14, "LOC"]], "Comments": []},
        {"id": 1, "text": TEXT, "labels": [[0, 3, "PER"], [11, 14, "LOC"]]},
        {"text": TEXT, "annotation": [["PER", 0, 3], ["LOC", 11, 14]], "status": "Validated"},
        {
            "document": TEXT,
            "tokens": [{"text": "Ana", "start": 0, "end": 3}],
            "annotations": [{"start": 0, "end": 3, "label": "PER"}, {"start": 11, "end": 14, "label": "LOC"}],
        },
        {"id": 1, "data": TEXT, "label": [[0, 3, "PER"], [11, 14, "LOC"]]},
        {"id": 1, "text": TEXT, "entities": [[0, 3, "PER"], [11, 14, "LOC"]]},
        {
            "text": TEXT,
            "entities": [
                {"id": 8, "label": "PER", "start_offset": 0, "end_offset": 3},
                {"id": 9, "label": "LOC", "start_offset": 11, "end_offset": 14},
            ],
            "relations": [],
        },
        {
            "text": TEXT,
            "annotations": [
                {"label": "PER", "start_offset": 0, "end_offset": 3, "user": 1},
                {"label": "LOC", "start_offset": 11, "end_offset": 14, "user": 1},
            ],
        },
        {
            "text": TEXT,
            "entities": [
                {"entity_group": "PER", "start": 0, "end": 3, "word": "ana", "score": 0.9},
                {"entity_group": "LOC", "start": 11, "end": 14, "word": "rio", "score": 0.9},
            ],
        },
        {
            "text": TEXT,
            "entities": [
                {"category": "PER", "offset": 0, "length": 3},
                {"category": "LOC", "offset": 11, "length": 3},
            ],
        },
        {
            "text": TEXT,
            "intent": "move",
            "entities": [
                {"entity": "PER", "start": 0, "end": 3, "value": "Ana"},
                {"entity": "LOC", "start": 11, "end": 14, "value": "Rio"},
            ],
        },
        {"text": TEXT, "spans": [{"start": 0, "end": 3, "type": "PER"}, {"start": 11, "end": 14, "tag": "LOC"}]},
    ],
)
def test_forms_of_spans(write, load, row):
    without = {name: [] if isinstance(value, list) else value for name, value in row.items()}
    put(write, [row, without])
    data = load(columns={"text": "text", "spans": "spans"} if "intent" in row else None)
    assert data.kind == "token-classification"
    assert any("learns the passages" in note for note in data.notes) == ("intent" in row)
    assert data.splits["train"].labels == [TAGS, ["O"] * 4]


def test_what_is_already_plain_is_read_as_it_is(write, load):
    put(write, [{"text": TEXT, "spans": [{"start": 0, "end": 3, "label": "PER"}]}])
    assert load().notes == ()


def test_a_span_marked_twice_is_one_and_told(write, load):
    put(write, [{"text": TEXT, "label": [[0, 3, "PER"], [0, 3, "PER"]]}])
    data = load()
    assert data.splits["train"].labels == [["B-PER", "O", "O", "O"]]
    assert any("spans marked twice were read once: 3" in note for note in data.notes)


def test_overlapping_spans_are_one_message(write, fault):
    nested = {"text": TEXT, "label": [[0, 14, "EVENT"], [0, 3, "PER"]]}
    put(write, [nested] * 40)
    assert fault() == (
        "train.jsonl rows 1, 2, 3 and 117 more (120 in all): spans must not overlap, as a word has one tag. "
        "Got PER 0-3 and EVENT 0-14. Keep one of each two."
    )


def test_a_class_in_a_list(write, load):
    rows = [{"id": n, "text": f"t {n}", "label": [("pro", "con")[n % 2]]} for n in range(6)]
    put(write, [*rows, {"id": 7, "text": "none", "label": []}])
    data = load()
    assert data.labels == ("con", "pro")
    assert data.splits["train"].dropped == {"no label": 1}


def test_several_classes_in_a_list_are_several_labels(write, load):
    rows = [{"id": n, "text": f"t {n}", "label": [("pro", "con")[n % 2]]} for n in range(6)]
    put(write, [*rows, {"id": 7, "text": "both", "label": ["pro", "con"]}, {"id": 8, "text": "none", "label": []}])
    data = load()
    assert data.kind == "multi-label"
    assert data.splits["train"].labels[-3:] == [["con"], ["con", "pro"], []]


def test_probabilities_of_exclusive_classes(write, load):
    put(write, [{"text": f"t {n}", "cats": {"POS": float(n % 2), "NEG": float(1 - n % 2)}} for n in range(6)])
    assert load().splits["train"].labels == ["NEG", "POS"] * 3


@pytest.mark.parametrize("name", ["tokens", "words"])
def test_lists_of_words_are_no_classes(write, load, name):
    put(write, [{"text": "a b", name: ["a", "b"], "labels": ["B-x", "O"]}])
    assert load().splits["train"].labels == [["B-x", "O"]]


def test_columns_that_somebody_named_keep_their_names(write, load):
    put(write, [{"id": 1, "text": TEXT, "label": [[0, 3, "PER"], [11, 14, "LOC"]]}])
    data = load(columns={"text": "text", "spans": "label"})
    assert data.splits["train"].labels == [TAGS]
    assert data.columns == {"text": "text", "spans": "label"}


def test_passages_and_text_under_any_name(write, load):
    row = {
        "documentName": "d", "document": TEXT, "relations": [],
        "tokens": [
            {"text": "Ana", "start": 0, "end": 3, "token_start": 0, "entityLabel": "PER"},
            {"text": "Rio", "start": 11, "end": 14, "token_start": 3, "entityLabel": "LOC"},
        ],
    }  # fmt: skip
    other = {**row, "written": row["document"], "marks": row["tokens"]}
    for rows in ([row] * 6, [{name: other[name] for name in ("written", "marks")}] * 6):
        put(write, rows)
        assert load().splits["train"].labels[0] == TAGS


def test_passages_that_stand_in_no_text_or_have_no_label_are_not_guessed(write, load, fault):
    for mark in ({"text": "Bo", "start": 0, "end": 3, "label": "PER"}, {"text": "Ana", "start": 0, "end": 3}):
        put(write, [{"written": TEXT, "marks": [mark], "class": "xy"[i % 2]} for i in range(6)])
        assert "no column has a usual name" in fault()
