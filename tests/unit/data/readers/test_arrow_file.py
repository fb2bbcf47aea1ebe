"""Arrow files and folders that `save_to_disk` wrote, held to the library that writes them."""

from __future__ import annotations

import datasets
import pyarrow as pa
import pytest
from pyarrow import feather

from tunecard.data.readers.tables import read_file

ROWS = {"text": [f"text {i}" for i in range(1200)], "label": [i % 2 for i in range(1200)]}
FEATURES = datasets.Features({"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["no", "yes"])})


def made() -> datasets.Dataset:
    return datasets.Dataset.from_dict(ROWS, features=FEATURES)


def test_feather_with_and_without_packing(tmp_path):
    for packing in ("uncompressed", "zstd"):
        feather.write_feather(pa.table(ROWS), tmp_path / "a.feather", compression=packing)
        assert read_file(tmp_path / "a.feather")[0].columns == ROWS


def test_a_saved_data_set(tmp_path, load):
    made().save_to_disk(tmp_path / "saved", num_shards=3)
    data = load("saved")
    assert (data.labels, sum(map(len, data.splits.values()))) == (("no", "yes"), 1200)
    assert [file.name for file in data.files] == [f"data-0000{i}-of-00003.arrow" for i in range(3)]
    assert len(load("saved", needs_train=False, labels=["no", "yes"]).splits["test"]) == 1200


def test_saved_splits_and_a_choice_of_rows(tmp_path, load):
    chosen = made().select(range(100, 200))
    datasets.DatasetDict(train=made(), dev=chosen, other=made()).save_to_disk(tmp_path / "saved")
    data = load("saved")
    assert data.splits["validation"].inputs["text"] == ROWS["text"][100:200]
    assert len(load("saved", splits={"train": "other"}).splits["validation"]) == 120


def test_what_is_no_arrow(write, message):
    assert message(write("a.arrow", b"ARROW1 and so on")).startswith("a.arrow: cannot be read as Arrow (")


def test_a_saved_folder_that_was_changed(tmp_path, fault):
    made().save_to_disk(tmp_path / "saved")
    (tmp_path / "saved" / "state.json").write_text('{"_data_files": [{"filename": "../../x.arrow"}]}')
    assert fault("saved") == "folder 'saved': state.json must name the files beside it. Save it again."
    (tmp_path / "saved" / "state.json").write_text("{")
    assert fault("saved").startswith("saved/state.json: cannot be read")


@pytest.mark.parametrize("bytes_", [200_000])
def test_what_unpacks_to_far_more_is_refused(tmp_path, message, monkeypatch, bytes_):
    feather.write_feather(pa.table({"text": ["x" * bytes_] * 3}), tmp_path / "a.feather", compression="zstd")
    monkeypatch.setattr("tunecard.data.readers.arrow_file.ALWAYS_READ", 1_000)
    assert "unpacks to more than" in message(tmp_path / "a.feather")


def test_a_column_name_twice(tmp_path, message):
    table = pa.table([pa.array(["a"]), pa.array(["b"])], names=["text", "text"])
    with pa.OSFile(str(tmp_path / "a.arrow"), "wb") as stream, pa.ipc.new_file(stream, table.schema) as written:
        written.write(table)
    assert message(tmp_path / "a.arrow") == "a.arrow: must name each column once. Got 'text' more than once."
