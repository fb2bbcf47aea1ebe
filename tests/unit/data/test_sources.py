"""What `data.source` may be, and what is said when nothing is there."""

from __future__ import annotations

import os

import pytest

from tunecard.data import DataPlan, load_dataset
from tunecard.errors import DataError

ROWS = [{"text": f"text number {i}", "label": "ab"[i % 2]} for i in range(40)]


def test_a_folder_of_split_files_of_several_kinds(write, load):
    write("train.jsonl", ROWS)
    write("dev.csv", "text,label\nnew,a\n")
    write("test.tsv", "text\tlabel\nother\tb\n")
    data = load()
    assert {name: (len(split), split.origin) for name, split in data.splits.items()} == {
        "train": (40, "given"),
        "validation": (1, "given"),
        "test": (1, "given"),
    }
    assert data.splits["validation"].inputs == {"text": ["new"]}
    assert (data.kind, data.labels, data.columns) == (
        "text-classification",
        ("a", "b"),
        {"text": "text", "label": "label"},
    )


def test_shards_of_a_split_are_joined(write, load):
    write("train-00000-of-00002.jsonl", ROWS[:30])
    write("train-00001-of-00002.jsonl", ROWS[30:])
    write("test.jsonl", ROWS[:2])
    write("valid.jsonl", ROWS[:2])
    assert load().splits["train"].inputs["text"] == [row["text"] for row in ROWS]


def test_splits_by_other_names(write, load, fault):
    write("train.jsonl", ROWS)
    write("train_small.jsonl", ROWS[:20])
    write("test.jsonl", ROWS[:2])
    data = load(splits={"train": "train_small", "validation": None, "test": "test"})
    assert len(data.splits["train"]) + len(data.splits["validation"]) == 20
    assert fault(splits={"train": "train_smal", "test": "test"}) == (
        f"folder '{write('x', '').parent.name}': `data.splits.train` is 'train_smal' and there is no such file. "
        "Did you mean 'train_small'? It holds test.jsonl, train.jsonl, train_small.jsonl."
    )


def test_two_kinds_of_one_split_are_doubtful(write, fault, tmp_path):
    write("train.jsonl", ROWS)
    write("train.csv", "text,label\na,b\n")
    assert fault() == (
        f"folder '{tmp_path.name}': one file must hold the split 'train'. Got train.csv, train.jsonl. "
        "Name the files in `data.source`, a path for each split."
    )


def test_a_folder_without_train(write, fault, tmp_path):
    write("test.jsonl", ROWS)
    write("trian.jsonl", ROWS)
    write("LICENSE.txt", "x")
    write("metadata.json", {})
    assert fault() == (
        f"folder '{tmp_path.name}': must hold a file train.csv, .tsv, .jsonl, .parquet or .conll. It holds test.jsonl, "
        "trian.jsonl. Name the split in `data.splits.train` or the file in `data.source`."
    )


def test_a_dict_of_files_and_its_name(write, load, tmp_path):
    write("a.jsonl", ROWS)
    write("b.jsonl", ROWS[:4])
    data = load({"train": "a.jsonl", "validation": "b.jsonl", "test": ["b.jsonl", "b.jsonl"]})
    assert [len(split) for split in data.splits.values()] == [40, 4, 8]
    assert data.name == tmp_path.name


def test_a_dict_with_a_wrong_key(fault):
    assert fault({"train": "a.jsonl", "valdation": "b.jsonl"}) == (
        "`data.source.valdation` is not a split. Did you mean 'validation'?"
    )


def test_one_file_is_train(write, load):
    write("all.jsonl", ROWS)
    data = load("all.jsonl")
    assert data.name == "all.jsonl"
    assert {name: len(split) for name, split in data.splits.items()} == {"train": 30, "validation": 4, "test": 6}


def test_a_list_joins_sources_and_their_class_names(write, load):
    write("one/train.jsonl", [{"text": "x", "label": 0}, {"text": "y", "label": 1}] * 10)
    write("one/metadata.json", {"columns": {"label": {"names": ["no", "yes"]}}, "license": "MIT"})
    write("two/train.jsonl", [{"sentence": f"z {i}", "intent": i % 2} for i in range(10)])
    write("two/metadata.json", {"columns": {"intent": {"names": ["yes", "maybe"]}}})
    data = load(["one", "two"], splits={"train": "train"})
    assert data.name == "one + two"
    assert data.labels == ("no", "yes", "maybe")
    everything = [label for split in data.splits.values() for label in split.labels]
    assert {name: everything.count(name) for name in data.labels} == {"no": 10, "yes": 15, "maybe": 5}
    assert data.declared.get("license") is None  # of two sources neither speaks for both


def test_faults_of_all_files_come_at_once(write, fault):
    write("a.jsonl", "{")
    write("b.csv", "text,label\na\n")
    assert fault({"train": "a.jsonl", "validation": "b.csv", "test": "c.csv"}).splitlines()[0] == "3 problems"


def test_no_such_file_names_the_nearest(write, fault, tmp_path):
    write("train.csv", "text,label\na,b\n")
    assert fault("trian.csv") == "trian.csv: no such file or folder. Did you mean 'train.csv'? Check `data.source`."
    assert fault({"train": "tran.csv"}) == (
        f"tran.csv: no such file in folder '{tmp_path.name}'. Did you mean 'train.csv'?"
    )
    assert fault("nowhere/at/all.csv") == (
        "nowhere/at/all.csv: no such file or folder; 'at' is no folder either. Check `data.source`."
    )


def test_metadata_declares_names_and_licence(write, load):
    write("train.csv", "text,label\n" + "".join(f"t {i},{i % 2}\n" for i in range(20)))
    write(
        "metadata.json",
        {"columns": {"label": {"kind": "class", "names": ["ham", "spam"]}}, "license": "CC0", "citation": " Me "},
    )
    data = load()
    assert data.labels == ("ham", "spam")
    assert data.declared == {
        "license": "CC0",
        "citation": "Me",
        "declared_by": "metadata.json beside the data",
        "label_names": "metadata.json",
    }


@pytest.mark.parametrize("content", ["{", "[1]", '{"columns": {"label": {"names": ["a", "a"]}}}'])
def test_broken_metadata_is_a_fault(write, fault, content):
    write("train.jsonl", ROWS)
    write("metadata.json", content)
    assert "metadata.json: " in fault()


def test_paths_resolve_against_the_base_folder_only(write, tmp_path, monkeypatch):
    write("sub/train.jsonl", ROWS)
    monkeypatch.chdir(tmp_path / "sub")
    assert len(load_dataset(DataPlan("sub/train.jsonl", base_folder=tmp_path)).splits) == 3
    with pytest.raises(DataError):
        load_dataset(DataPlan("train.jsonl", base_folder=tmp_path))


def test_scoring_rows_without_a_training_split(write, load):
    write("mine.csv", "text,label\nhello,b\n,\n".replace("\n,\n", "\n"))
    data = load("mine.csv", needs_train=False, labels=["a", "b"])
    assert {name: split.labels for name, split in data.splits.items()} == {"test": ["b"]}
    assert data.labels == ("a", "b")


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        ({"sample": {"train": 0}}, "`data.sample.train` must be a whole number of rows from 1, or null. Got 0."),
        ({"sample": {"tain": 1}}, "`data.sample.tain` is not a split. Did you mean 'train'?"),
        ({"splits": {"dev": "dev"}}, "`data.splits.dev` is not a split."),
        (
            {"task": "text-clasification"},
            (
                "`task` must be question-answering, multiple-choice, word-tagging, token-classification, multi-label, "
                "sentence-embedding, regression or text-classification. "
                "Got 'text-clasification'. "
                "Did you mean 'text-classification'?"
            ),
        ),
        ({"labels": ["a", "a"]}, "`data.labels` must name different labels in id order. Got a name twice or none."),
    ],
)
def test_a_plan_that_cannot_be_meant(fault, plan, expected):
    assert fault(**plan) == expected


def test_a_pipe_and_a_link_to_nothing_are_told_as_what_they_are(tmp_path, load):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "link.csv").symlink_to("nowhere.csv")
    for name, said in (
        ("pipe.csv", "pipe.csv: must be a file or a folder. Got a pipe, a device or a socket. Check `data.source`."),
        ("link.csv", "link.csv: is a link that leads to no file. Check `data.source`."),
    ):
        with pytest.raises(DataError) as caught:
            load(source=name)
        assert str(caught.value) == said
