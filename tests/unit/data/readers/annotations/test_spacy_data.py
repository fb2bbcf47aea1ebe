"""spaCy's training data: pairs, documents of tokens, and the binary form that only spaCy reads."""

from __future__ import annotations

import json

import pytest

TEXT = "Ana ran to Rio"


def put(write, content):
    for split in ("train", "validation", "test"):
        write(f"{split}.json", json.dumps(content))


@pytest.mark.parametrize(
    "wrap", [lambda pairs: pairs, lambda pairs: {"classes": ["PER"], "annotations": [*pairs, None]}]
)
def test_pairs_of_text_and_entities(write, load, wrap):
    put(write, wrap([[TEXT, {"entities": [[0, 3, "PER"]]}], ["Rio", {"entities": []}]]))
    assert load().splits["train"].labels == [["B-PER", "O", "O", "O"], ["O"]]


def test_pairs_of_text_and_classes(write, load):
    put(write, [[f"text {n}", {"cats": {"POS": n % 2, "NEG": 1 - n % 2}}] for n in range(6)])
    assert load().splits["train"].labels == ["NEG", "POS"] * 3


def test_documents_with_biluo_tags(write, load):
    def sentence(*pairs):
        return {"tokens": [{"id": n, "orth": word, "ner": tag} for n, (word, tag) in enumerate(pairs)], "brackets": []}

    first = sentence(("Ana", "B-PER"), ("Sol", "L-PER"), ("ran", "O"))
    put(write, [{"id": 0, "paragraphs": [{"raw": "x", "sentences": [first, sentence(("Rio", "U-LOC"))]}]}])
    train = load().splits["train"]
    assert train.inputs["tokens"] == [["Ana", "Sol", "ran"], ["Rio"]]
    assert train.labels == [["B-PER", "I-PER", "O"], ["B-LOC"]]


def test_the_binary_form_is_told_with_the_line_that_converts_it(write, fault):
    write("train.spacy", b"\x78\x9c binary")
    told = fault()
    assert told.startswith("train.spacy: is spaCy's binary form, which only spaCy reads.")
    assert "python -c" in told and "> train.jsonl" in told


def test_rasa(write, load):
    example = {"text": TEXT, "intent": "move", "entities": [{"start": 0, "end": 3, "value": "Ana", "entity": "PER"}]}
    put(write, {"rasa_nlu_data": {"common_examples": [example] * 3}})
    assert load(task="token-classification").splits["train"].labels == [["B-PER", "O", "O", "O"]] * 3
