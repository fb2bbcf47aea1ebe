"""Data without training rows: what is held out is divided by rule, and that is told; what may be meant is asked."""

from __future__ import annotations

import sys

import datasets
import pytest

from tunecard.data import load_dataset
from tunecard.data.plan import DataPlan
from tunecard.errors import DataError


def rows(count, word="x"):
    return [{"text": f"{word} {i}", "label": "ab"[i % 2]} for i in range(count)]


def sizes(data):
    return {name: len(split) for name, split in data.splits.items()}


@pytest.mark.parametrize(("file", "split"), [("dev.jsonl", "validation"), ("test.jsonl", "test")])
def test_a_folder_of_one_held_out_split(write, load, file, split):
    write(f"d/{file}", rows(40))
    data = load("d")
    assert sizes(data) == {"train": 30, "validation": 4, "test": 6}
    assert data.notes[0].startswith(f"d: has no training split, so that its {split} rows are divided")
    assert [file.split for file in data.files] == ["train"]
    assert data.splits["test"].origin.startswith("made: 15 % of train")


def test_of_two_the_test_rows_stay(write, load):
    write("d/validation.jsonl", rows(40))
    write("d/test.jsonl", rows(8, "t"))
    data = load("d")
    assert sizes(data) == {"train": 36, "validation": 4, "test": 8}
    assert data.splits["test"].origin == "given"


def test_a_joined_source_without_train_is_no_such_case(write, load):
    write("one/train.jsonl", rows(40))
    write("two/test.jsonl", rows(8, "t"))
    data = load(["one", "two"])
    assert sizes(data) == {"train": 36, "validation": 4, "test": 8}
    assert "train holds rows of one alone: two has none" in data.notes


@pytest.mark.parametrize("splits", [{"train": "training_rows"}, {"validation": "dev"}])
def test_who_names_a_split_means_it(write, fault, splits):
    write("d/dev.jsonl", rows(40))
    assert "folder 'd'" in fault("d", splits={"train": "train", "validation": "validation", "test": "test"} | splits)


def test_predicting_needs_none(write, load):
    write("d/validation.jsonl", rows(8))
    assert sizes(load("d", needs_train=False, labels=["a", "b"])) == {"validation": 8}


class Gives:
    def __init__(self, **splits):
        self.splits = {name: datasets.Dataset.from_list(rows(count, name)) for name, count in splits.items()}

    def __call__(self, *_, **__):
        return datasets.DatasetDict(self.splits)


def test_a_hub_set_of_one_split(monkeypatch, tmp_path):
    monkeypatch.setattr(sys.modules["datasets"], "load_dataset", Gives(validation=40))
    data = load_dataset(DataPlan("owner/name", base_folder=tmp_path))
    assert sizes(data) == {"train": 30, "validation": 4, "test": 6}
    assert "its validation rows are divided" in data.notes[0]


def test_a_hub_set_that_may_have_training_rows(monkeypatch, tmp_path):
    monkeypatch.setattr(sys.modules["datasets"], "load_dataset", Gives(train_sft=40, test=8))
    with pytest.raises(DataError, match="has no split 'train'. Did you mean 'train_sft'"):
        load_dataset(DataPlan("owner/name", base_folder=tmp_path))
