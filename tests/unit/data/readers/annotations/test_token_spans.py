"""Words with marked runs of words become tags; runs that overlap or lie outside are faults of their rows."""

from __future__ import annotations

WORDS = ["Ana", "Sol", "ran", "to", "Rio"]


def put(write, rows):
    for split in ("train", "validation", "test"):
        write(f"{split}.jsonl", rows)


def test_runs_become_tags(write, load):
    put(write, [{"tokenized_text": WORDS, "ner": [[0, 1, "PER"], [4, 4, "LOC"]]}, {"tokenized_text": WORDS, "ner": []}])
    train = load().splits["train"]
    assert train.inputs["tokens"] == [WORDS, WORDS]
    assert train.labels == [["B-PER", "I-PER", "O", "O", "B-LOC"], ["O"] * 5]


def test_runs_that_cannot_be(write, fault):
    put(
        write,
        [
            {"tokenized_text": WORDS, "ner": [[0, 1, "PER"], [1, 2, "ORG"]]},
            {"tokenized_text": WORDS, "ner": [[4, 5, "LOC"]]},
        ],
    )
    told = fault()
    assert "row 1: marked runs must not overlap, as a word has one tag. Got [1, 2, 'ORG']." in told
    assert "row 2: a marked run must be [first word, last word, label] within 5 words. Got [4, 5, 'LOC']." in told
