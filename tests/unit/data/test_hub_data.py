"""Data sets of the Hub, with a local stand-in for `datasets.load_dataset`; no network is used."""

from __future__ import annotations

from types import SimpleNamespace

import datasets
import pytest

from tunecard.data import DataPlan, describe, load_dataset
from tunecard.errors import DataError, MachineError

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def stand_in(label=None):
    names = datasets.ClassLabel(names=["ham", "spam"])
    features = datasets.Features({"text": datasets.Value("string"), "label": label or names})
    rows = {"text": [f"text {i}" for i in range(20)], "label": [i % 2 for i in range(20)]}
    made = datasets.Dataset.from_dict(rows, features=features)
    made.info.download_checksums = {f"hf://datasets/owner/name@{COMMIT}/train.parquet": {}}
    made.info.license = "cc-by-4.0"
    return datasets.DatasetDict(train=made, test=made.select(range(4)))


@pytest.fixture
def hub(monkeypatch):
    """Replaces the loader; returns a box for what it was asked, what it gives, and what it raises."""
    box = SimpleNamespace(asked=None, gives=stand_in(), raises=None)

    def load(path, **options):
        box.asked = (path, options)
        if box.raises:
            raise box.raises
        return box.gives

    monkeypatch.setattr(datasets, "load_dataset", load)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    return box


def message(kind, tmp_path, **plan):
    with pytest.raises(kind) as caught:
        load_dataset(DataPlan(**({"source": "owner/name"} | plan), base_folder=tmp_path))
    return str(caught.value)


def test_names_revision_licence_and_splits(hub, tmp_path):
    data = load_dataset(DataPlan("owner/name", config="small", revision="v1", base_folder=tmp_path))
    assert hub.asked == ("owner/name", {"name": "small", "revision": "v1"})
    assert (data.name, data.labels, data.revision) == ("owner/name", ("ham", "spam"), COMMIT)
    assert {name: len(split) for name, split in data.splits.items()} == {"train": 18, "validation": 2, "test": 4}
    assert data.splits["test"].labels == ["ham", "spam", "ham", "spam"]
    assert data.declared == {
        "license": "cc-by-4.0",
        "declared_by": "its record on the Hub",
        "label_names": "the features of the Hub data set",
    }


def test_tags_of_class_labels(hub, tmp_path):
    names = datasets.ClassLabel(names=["O", "B-x", "I-x"])
    features = datasets.Features({"tokens": datasets.List(datasets.Value("string")), "ner_tags": datasets.List(names)})
    rows = {"tokens": [["a", str(i)] for i in range(20)], "ner_tags": [[1, 2]] * 20}
    hub.gives = datasets.DatasetDict(train=datasets.Dataset.from_dict(rows, features=features))
    data = load_dataset(DataPlan("name", base_folder=tmp_path))
    assert data.labels == ("O", "B-x", "I-x")
    assert data.splits["test"].labels[0] == ["B-x", "I-x"]
    assert data.revision is None


def test_a_split_that_is_not_there(hub, tmp_path):
    assert message(DataError, tmp_path, splits={"train": "train", "test": "tets"}) == (
        "owner/name: has no split 'tets'. Did you mean 'test'? It has train, test. Set `data.splits.test`."
    )


def test_an_unknown_id(hub, tmp_path):
    hub.raises = datasets.exceptions.DatasetNotFoundError("Dataset 'owner/name' doesn't exist on the Hub")
    assert message(DataError, tmp_path, revision="v9") == (
        "owner/name: is no file or folder here and no data set on the Hub at revision 'v9' that you may read. "
        "Check the spelling; for a private or gated one log in with `hf auth login`."
    )


def test_an_unknown_id_near_a_folder_here(hub, tmp_path):
    hub.raises = datasets.exceptions.DatasetNotFoundError("no")
    (tmp_path / "reviews").mkdir()
    assert " Did you mean 'reviews'? " in message(DataError, tmp_path, source="review")


def test_no_network(hub, tmp_path):
    hub.raises = ConnectionError("Couldn't reach 'owner/name' on the Hub")
    assert message(MachineError, tmp_path) == (
        "owner/name: is no file or folder here, the Hub cannot be reached, and the local cache has no copy. "
        "Check the path, connect to the network, or give `data.source` a file or folder."
    )


def test_offline_by_wish(hub, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    hub.raises = ConnectionError("Offline mode is enabled")
    assert message(MachineError, tmp_path).startswith(
        "owner/name: is no file or folder here, HF_HUB_OFFLINE is set, and the local cache has no copy."
    )


def test_a_configuration_is_needed(hub, tmp_path):
    hub.raises = ValueError("Config name is missing.\nPlease pick one among the available configs: ['a', 'b']")
    assert message(DataError, tmp_path) == (
        "owner/name: needs another configuration (Config name is missing. "
        "Please pick one among the available configs: ['a', 'b']). Set `data.config`."
    )


def test_another_fault_of_the_library(hub, tmp_path):
    hub.raises = RuntimeError("a shard is broken")
    assert message(DataError, tmp_path) == (
        "owner/name: cannot be loaded from the Hub (a shard is broken). Set a file or folder in `data.source`."
    )


def test_the_library_is_not_installed(monkeypatch, tmp_path):
    monkeypatch.setitem(__import__("sys").modules, "datasets", None)
    assert message(MachineError, tmp_path) == (
        "reading owner/name from the Hub needs the library `datasets`. "
        'Install it with `pip install "tunecard[train]"`, or give `data.source` a file or folder.'
    )


def test_a_file_wins_over_a_hub_id(hub, tmp_path):
    (tmp_path / "imdb").mkdir()
    (tmp_path / "imdb" / "train.csv").write_text("text,label\n" + "".join(f"t{i},{i % 2}\n" for i in range(20)))
    assert load_dataset(DataPlan("imdb", base_folder=tmp_path)).revision is None
    assert hub.asked is None


def test_loaded_data_in_memory():
    loaded = stand_in()
    data = load_dataset(DataPlan(dict(loaded)))
    assert (data.name, data.labels, len(data.splits["test"])) == ("data in memory", ("ham", "spam"), 4)


def test_switches_are_as_before_after_a_call_without_network(hub, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr("tunecard.data.reachability._resolves", lambda address: False)
    monkeypatch.setattr("tunecard.data.reachability.getproxies", dict)
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(
        datasets, "load_dataset", lambda *a, **k: seen.append(datasets.config.HF_HUB_OFFLINE) or hub.gives
    )
    load_dataset(DataPlan("owner/name", base_folder=tmp_path))
    assert (seen, datasets.config.HF_HUB_OFFLINE) == ([True], False)


def test_the_licence_of_a_cached_card(hub, tmp_path, monkeypatch):
    hub.gives["train"].info.license = ""
    card = tmp_path / "README.md"
    card.write_text("---\nlicense:\n- mit\n- cc0-1.0\n---\n# Name\n")
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *a, **k: str(card))
    assert load_dataset(DataPlan("owner/name", base_folder=tmp_path)).declared["license"] == "mit, cc0-1.0"


def test_what_a_cached_card_states(hub, tmp_path, monkeypatch):
    card = tmp_path / "README.md"
    card.write_text(
        "---\nlanguage:\n- en\nlicense: mit\npretty_name: A name\ntask_ids: [intent-classification]\n"
        "annotations_creators: [crowdsourced]\nsize_categories: [1K<n<10K]\n---\n# Name\n"
    )
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *a, **k: str(card))
    declared = load_dataset(DataPlan("owner/name", base_folder=tmp_path)).declared
    assert {key: declared.get(key) for key in ("language", "pretty_name", "task_ids", "annotators")} == {
        "language": "en", "pretty_name": "A name", "task_ids": "intent-classification", "annotators": "crowdsourced",
    }  # fmt: skip
    assert "size_categories" not in declared


def test_a_gap_of_a_hub_data_set_names_its_card(hub, tmp_path):
    findings = {finding.id: finding for finding in describe(load_dataset(DataPlan("owner/name", base_folder=tmp_path)))}
    assert findings["data.curators"].reason == (
        "not declared in what was read from the Hub; the data's own card there may say more"
    )
    assert findings["data.files"].status == "not measured"


def test_the_commit_is_that_of_the_folder_where_the_library_notes_no_address(hub, tmp_path, monkeypatch):
    hub.gives["train"].info.download_checksums = None  # as datasets 5 leaves it
    kept = [{"filename": f"/home/somebody/.cache/owner___name/default/0.0.0/{COMMIT}/name-train.arrow"}]
    monkeypatch.setattr(datasets.Dataset, "cache_files", kept)
    assert load_dataset(DataPlan("owner/name", base_folder=tmp_path)).revision == COMMIT
    monkeypatch.setattr(datasets.Dataset, "cache_files", [])
    assert load_dataset(DataPlan("owner/name", base_folder=tmp_path)).revision is None
