"""Texts and labels line by line in two files, as TweetEval has them."""

from __future__ import annotations

TEXTS = [f"a text, number {i}" for i in range(40)]


def put(write, split, rows=40, labels=None):
    write(f"tweets/{split}_text.txt", "".join(text + "\n" for text in TEXTS[:rows]))
    write(f"tweets/{split}_labels.txt", "".join(f"{i % 2}\n" for i in range(rows if labels is None else labels)))


def test_splits_and_names(write, load):
    put(write, "train")
    put(write, "val", 6)
    put(write, "test", 4)
    write("tweets/mapping.txt", "0\tnot so\r\n1\tso\r\n")
    data = load("tweets")
    assert {name: len(split) for name, split in data.splits.items()} == {"train": 40, "validation": 6, "test": 4}
    assert data.labels == ("not so", "so")
    assert data.splits["test"].inputs["text"] == TEXTS[:4] and data.splits["test"].labels == ["not so", "so"] * 2
    assert [(file.name, file.rows) for file in data.files][:2] == [("train_text.txt", 40), ("train_labels.txt", 40)]
    assert any("the names of the labels are those of mapping.txt" in note for note in data.notes)


def test_without_a_mapping_labels_are_what_they_are(write, load):
    put(write, "train")
    assert load("tweets").labels == ("0", "1")


def test_another_number_of_labels_is_refused(write, fault):
    put(write, "train", labels=39)
    assert fault("tweets") == (
        "train_text.txt and train_labels.txt: must have as many lines. Got 40 texts and 39 labels."
    )


def test_a_mapping_that_cannot_be_meant(write, fault):
    put(write, "train")
    write("tweets/mapping.txt", "0\ta\n0\tb\n")
    assert fault("tweets").startswith("mapping.txt: must hold an id and a name in each line, every id once.")
