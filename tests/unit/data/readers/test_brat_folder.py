"""brat's folders: texts beside their marks, in splits or not, and what is left out and told."""

from __future__ import annotations

import pytest

TEXT = "Ana met Bo in Rome.\n"
MARKS = "T1\tPER 0 3\tAna\nT2\tLOC 14 18\tRome\n"


def put(write, folder, rows=20, marks=MARKS, text=TEXT):
    for i in range(rows):
        write(f"{folder}/{i}.txt", text.replace("Bo", f"Bo{i}" if i else "Bo"))
        write(f"{folder}/{i}.ann", marks if not i else "T1\tPER 0 3\tAna\n")


def test_documents_are_rows_with_their_passages(write, load):
    put(write, "corpus", 20)
    write("corpus/annotation.conf", "[entities]\nPER\n")
    data = load("corpus", needs_train=False, labels=["O", "B-LOC", "I-LOC", "B-PER", "I-PER"])
    split = data.splits["test"]
    assert (len(split), split.inputs["tokens"][0]) == (20, ["Ana", "met", "Bo", "in", "Rome", "."])
    assert split.labels[0] == ["B-PER", "O", "O", "O", "B-LOC", "O"]
    assert data.notes[0] == "corpus: read as brat's standoff files, a document a row"
    assert data.files[0].name == "corpus/ (20 texts and their marks, file by file)"


def test_folders_of_splits(write, load):
    for folder, rows in (("train", 8), ("dev", 2), ("test", 3)):
        put(write, f"corpus/{folder}", rows)
    assert {name: len(split) for name, split in load("corpus").splits.items()} == {
        "train": 8, "validation": 2, "test": 3,
    }  # fmt: skip


def test_what_is_left_out_is_told(write, load):
    put(write, "corpus", 20, MARKS + "T3\tPER 4 6;14 18\tBo Rome\nR1\tmet Arg1:T1 Arg2:T2\n#1\tNote T1\tx\n")
    write("corpus/alone.txt", "No marks.")
    data = load("corpus")
    assert "corpus: passages of several pieces are left out: 1" in data.notes
    assert "corpus: events, relations, attributes and notes of brat are left out, of lines: 2" in data.notes
    assert data.splits["train"].dropped == {"a .txt without its .ann": 1}


def test_a_passage_over_a_line_end_is_whole_and_line_ends_count_as_they_stand(write, load):
    put(write, "corpus", 20)
    for number, end in enumerate(("\n", "\r\n")):
        start = 3 + len(end)
        write(f"corpus/{number}.txt", f"Ana{end}met Bo.")
        write(f"corpus/{number}.ann", f"T1\tPER 0 3;{start} {start + 3}\tAna met\n")
    data = load("corpus", needs_train=False, labels=["O", "B-PER", "I-PER"])
    assert [data.splits["test"].labels[row] for row in (0, 1)] == [["B-PER", "I-PER", "O", "O"]] * 2


@pytest.mark.parametrize(
    ("marks", "said"),
    [
        ("T1 PER 0 3 Ana", "0.ann line 1: must hold T1, a type with its start and end, and the text, parted by tabs."),
        ("T1\tPER 0 3\tBob", "corpus/0.txt: a span's text must be what it marks."),
        ("T1\tPER 0 7\tAna met\nT2\tPER 4 6\tme", "spans must not overlap"),
    ],
)
def test_marks_that_cannot_be_meant(write, fault, marks, said):
    put(write, "corpus", 20)
    write("corpus/0.ann", marks + "\n")
    assert said in fault("corpus")
