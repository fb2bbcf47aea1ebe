"""Data sets that are scripts: the Hub's own parquet copy, asked of a stand-in of the Hub on loopback."""

from __future__ import annotations

import io
import json

import datasets
import huggingface_hub
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from data_hub_stand_in import DataHub

from tunecard.data import DataPlan, describe, load_dataset
from tunecard.data.converted import REF
from tunecard.errors import DataError, MachineError

ID = "owner/words"
NAMES = {"O": 0, "B-cell": 1, "I-cell": 2}


def parquet(rows):
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), stream)
    return stream.getvalue()


def rows(count, start=0):
    return [{"tokens": ["Ana", f"w{start + i}", "x"], "tags": [0, 1, 2]} for i in range(count)]


@pytest.fixture
def hub(monkeypatch, tmp_path):
    """A Hub with one data set that is a script, and `datasets` as it refuses it."""
    hub = DataHub()
    hub.repos[ID] = {
        "main": {
            "words.py": b"raise SystemExit",
            "README.md": b"---\nlicense: mit\n---\n# Words\n",
            "dataset/label.json": json.dumps(NAMES).encode(),
        },
        REF: {
            "words/train/0000.parquet": parquet(rows(20)),
            "words/train/0001.parquet": parquet(rows(20, 20)),
            "words/validation/0000.parquet": parquet(rows(4, 40)),
            "words/test/0000.parquet": parquet(rows(5, 50)),
            "words/test/index.duckdb": b"x",
        },
    }

    def refuse(path, **options):
        raise RuntimeError("Dataset scripts are no longer supported, but found words.py")

    monkeypatch.setattr(datasets, "load_dataset", refuse)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("tunecard.data.reachability._resolves", lambda address: True)
    yield hub
    hub.close()


def load(**plan):
    return load_dataset(DataPlan(**({"source": ID} | plan)))


def message(kind=DataError, **plan):
    with pytest.raises(kind) as caught:
        load(**plan)
    return str(caught.value)


def test_the_copy_is_read_and_told_and_no_script_is_fetched(hub):
    data = load()
    commit = hub.commit(ID, REF)
    assert {name: len(split) for name, split in data.splits.items()} == {"train": 40, "validation": 4, "test": 5}
    assert (data.revision, data.labels, data.kind) == (commit, tuple(NAMES), "token-classification")
    assert data.splits["test"].labels[0] == ["O", "B-cell", "I-cell"]
    assert data.declared["license"] == "mit"
    assert data.declared["label_names"] == "dataset/label.json of the repository"
    assert data.notes == (
        f"{ID}: is a script, which is not run; the rows are those of the Hub's own parquet copy ({REF}, configuration "
        f"words, commit {commit})",
        f"{ID}: the names of the tags are those of dataset/label.json in the repository",
    )
    findings = {finding.id: finding for finding in describe(data)}
    assert findings["data.revision"].value == commit
    assert findings["data.reading"].value == list(data.notes)
    assert [file["file"] for file in findings["data.files"].value][:2] == ["train/0000.parquet", "train/0001.parquet"]
    assert not any(path.endswith(".py") for path in hub.seen)


def test_the_recorded_commit_reads_the_same_again(hub):
    commit = load().revision
    hub.repos[ID]["renamed"] = hub.repos[ID].pop(REF)  # the name moved on
    hub.commit = lambda repo, revision: commit if revision == "renamed" else "0" * 40
    assert load(revision=commit).revision == commit


def test_a_copy_of_an_earlier_run_serves_without_a_network(hub, monkeypatch):
    before = load()
    hub.close()
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)

    def not_reached(path, **options):
        raise ConnectionError("Couldn't reach it")

    monkeypatch.setattr(datasets, "load_dataset", not_reached)
    again = load()
    assert (again.revision, again.labels) == (before.revision, before.labels)
    assert again.splits["train"].inputs == before.splits["train"].inputs


def test_without_a_network_and_without_a_copy(hub, monkeypatch):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(datasets, "load_dataset", lambda *a, **k: (_ for _ in ()).throw(ConnectionError("no")))
    assert "the local cache has no copy" in message(MachineError)


def test_several_configurations_are_asked_for(hub):
    hub.repos[ID][REF] |= {"small/train/0000.parquet": parquet(rows(30)), "small/test/0000.parquet": parquet(rows(3))}
    assert message() == f"{ID}: holds several configurations. Set `data.config` to one of small, words."
    assert message(config="smal") == (
        f"{ID}: holds several configurations. There is no 'smal'. Did you mean 'small'? Set `data.config` to one of "
        "small, words."
    )
    assert len(load(config="small").splits["test"]) == 3


def test_no_copy(hub):
    del hub.repos[ID][REF]
    assert message() == (
        f"{ID}: is a script, which is not run, and the Hub has no parquet copy of it at {REF}. Give `data.source` its "
        "files, or another copy of it."
    )
    assert message(revision="main") == (
        f"{ID}: revision main holds no parquet copy. Leave out `data.revision`, or name a commit of {REF}."
    )


def test_a_part_of_a_split_is_told(hub):
    hub.repos[ID][REF]["words/partial-train/0000.parquet"] = hub.repos[ID][REF].pop("words/train/0000.parquet")
    del hub.repos[ID][REF]["words/train/0001.parquet"]
    data = load()
    assert len(data.splits["train"]) == 20
    assert f"{ID}: the copy holds only a part of the rows, as the Hub says itself" in data.notes


@pytest.mark.parametrize("content", [b'{"O": 0, "B-cell": 2}', b'["O"]', b"{", None])
def test_names_that_cannot_be_told_are_not_guessed(hub, content):
    hub.repos[ID]["main"].pop("dataset/label.json")
    if content is not None:
        hub.repos[ID]["main"]["dataset/label.json"] = content
    assert "data.labels" in message()
    assert load(labels=list(NAMES)).labels == tuple(NAMES)


def test_class_names_of_the_copy_itself(hub):
    features = datasets.Features({"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["no", "yes"])})
    made = datasets.Dataset.from_dict(
        {"text": [f"t{i}" for i in range(40)], "label": [i % 2 for i in range(40)]}, features=features
    )
    stream = io.BytesIO()
    made.to_parquet(stream)
    hub.repos[ID][REF] = {"default/train/0000.parquet": stream.getvalue()}
    data = load()
    assert (data.labels, data.declared["label_names"]) == (("no", "yes"), "the features of the Hub data set")


def test_ids_that_the_copy_stores_are_ids_whatever_its_names_look_like(hub):
    features = datasets.Features(
        {"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["1", "2", "3"])}
    )
    stored = datasets.Dataset.from_dict(
        {"text": [f"t{i}" for i in range(6)], "label": [0, 1, 2, 0, 1, 2]}, features=features
    )
    stream = io.BytesIO()
    stored.to_parquet(stream)
    hub.repos[ID][REF] = {f"words/{split}/0000.parquet": stream.getvalue() for split in ("train", "validation", "test")}
    data = load()
    assert (data.labels, data.splits["train"].labels) == (("1", "2", "3"), ["1", "2", "3"] * 2)
