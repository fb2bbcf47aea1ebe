"""Folders as people have them: a class a folder, a clone of the Hub, one file."""

from __future__ import annotations

import hashlib

import pytest

ROWS = [{"text": f"text number {i}", "label": "ab"[i % 2]} for i in range(40)]


def write_classes(write, folder, *, names=("pro", "con"), rows=20, ending=".txt"):
    for name in names:
        for i in range(rows):
            write(f"{folder}/{name}/{i}{ending}", f"{name} text {i}\n")


def test_a_folder_a_class(write, load):
    write_classes(write, "films")
    data = load("films")
    assert (data.labels, sum(map(len, data.splits.values()))) == (("con", "pro"), 40)
    assert data.notes == ("films: the folders name the classes: con, pro",)
    whole = b"".join(b"con text %d\n" % int(i) for i in sorted(map(str, range(20))))
    assert [(file.name, file.rows) for file in data.files] == [
        ("films/con/ (20 files end to end)", 20),
        ("films/pro/ (20 files end to end)", 20),
    ]
    assert data.files[0].sha256 == hashlib.sha256(whole).hexdigest()
    assert len(load("films", needs_train=False, labels=["con", "pro"]).splits["test"]) == 40


def test_splits_of_folders_a_class_and_texts_without_one(write, load):
    write_classes(write, "aclImdb/train", names=("pos", "neg"))
    write_classes(write, "aclImdb/train", names=("unsup",), rows=7)
    write_classes(write, "aclImdb/test", names=("pos", "neg"), rows=5)
    write("aclImdb/train/urls_pos.txt", "http://x\n")
    write("aclImdb/README", "x")
    write("aclImdb/imdbEr.txt", "0.1\n")
    data = load("aclImdb")
    assert len(data.splits["test"]) == 10
    assert data.splits["train"].dropped == {"without a label, in unsup/": 7}
    assert "train: rows left out (without a label, in unsup/): 7" in data.notes


def test_files_without_an_ending_and_their_faults(write, load, fault):
    write_classes(write, "news", names=("sci.space", "alt.atheism"), ending="")
    assert load("news").labels == ("alt.atheism", "sci.space")
    write("news/sci.space/3", b"caf\xe9\n")
    assert fault("news").startswith("3 line 1: must be UTF-8. Got the byte 0xE9")
    assert load("news", encoding="latin-1").splits
    write("news/sci.space/3", b"")
    assert "news/sci.space/3" in fault("news")


def test_folders_that_name_splits_and_hold_files(write, load):
    write("set/train/one.csv", "text,label\n" + "".join(f"t{i},{i % 2}\n" for i in range(30)))
    write("set/train/two.csv", "text,label\n" + "".join(f"u{i},{i % 2}\n" for i in range(30)))
    write("set/test/part.csv", "text,label\nx,1\n")
    data = load("set")
    assert len(data.splits["test"]) == 1 and data.splits["train"].inputs["text"][:2] == ["t0", "t1"]


def test_a_clone_of_the_hub(write, load):
    write("clone/README.md", "---\nlicense: mit\n---\n")
    write("clone/.git/train.jsonl", ROWS)
    write("clone/data/train-00000-of-00002.jsonl", ROWS[:30])
    write("clone/data/train-00001-of-00002.jsonl", ROWS[30:])
    write("clone/data/test-00000-of-00001.jsonl", ROWS[:4])
    data = load("clone")
    assert len(data.splits["test"]) == 4
    assert data.notes == ("clone: read from data/",)


@pytest.mark.parametrize("below", ["", "data/"])
def test_configurations_are_asked_for(write, load, fault, below):
    for name in ("plain", "raw"):
        write(f"clone/{below}{name}/train-00000-of-00001.jsonl", ROWS)
        write(f"clone/{below}{name}/test-00000-of-00001.jsonl", ROWS[:4])
    assert "holds several configurations: plain, raw. Say which: set `data.config`" in fault("clone")
    assert len(load("clone", config="raw").splits["test"]) == 4


def test_one_file_of_rows(write, load, fault):
    write("one/reviews.jsonl", ROWS)
    assert load("one").notes == ("one: reviews.jsonl, the one file of rows, is read as train",)
    write("one/more.jsonl", ROWS)
    assert fault("one").startswith("folder 'one': must hold a file train.csv")


def test_a_file_deep_in_a_folder_is_not_taken_for_rows(write, fault):
    write("project/notes/todo.json", {"a": 1})
    assert fault("project").startswith("folder 'project': must hold a file train.csv")


def test_what_an_earlier_run_left_is_no_data(write, fault):
    write("project/runs/first/predictions/test.jsonl", ROWS)
    write("project/runs/first/predictions/validation.jsonl", ROWS)
    for plan in ({}, {"needs_train": False, "labels": ["a", "b"]}):
        assert fault("project", **plan).startswith("folder 'project': must hold a file train.csv")


def test_a_folder_that_may_not_be_read(write, fault, monkeypatch):
    def refuse(self):
        raise PermissionError(13, "Permission denied")

    write("here/train.csv", "text,label\n")
    monkeypatch.setattr("pathlib.Path.iterdir", refuse)
    assert fault("here") == "folder 'here': cannot be read (Permission denied). Check its permissions."
