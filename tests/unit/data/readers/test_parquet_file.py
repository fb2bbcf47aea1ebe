"""Parquet: class names of the schema, broken files, and files that claim too much."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq

from tunecard.data.readers.tables import read_file


def test_class_names_of_the_schema(tmp_path):
    features = (
        b'{"info": {"features": {"label": {"names": ["no", "yes"], "_type": "ClassLabel"}, '
        b'"tags": {"feature": {"names": ["O"], "_type": "ClassLabel"}, "_type": "List"}, '
        b'"text": {"dtype": "string", "_type": "Value"}}}}'
    )
    table = pa.table({"text": ["null"], "label": [1], "tags": [[0]]}).replace_schema_metadata({"huggingface": features})
    pq.write_table(table, tmp_path / "a.parquet")
    read, names = read_file(tmp_path / "a.parquet")
    assert read.columns == {"text": ["null"], "label": [1], "tags": [[0]]}
    assert names == {"label": ["no", "yes"], "tags": ["O"]}


def test_broken(write, message):
    found = message(write("a.parquet", b"PAR1 but no more"))
    assert found.startswith("a.parquet: cannot be read as parquet (")
    assert found.endswith("Write it again or download it again.")


def test_more_rows_than_can_be_meant(tmp_path, monkeypatch, message):
    pq.write_table(pa.table({"text": ["a", "b"]}), tmp_path / "a.parquet")
    monkeypatch.setattr("tunecard.data.readers.parquet_file.MAX_ROWS", 1)
    assert message(tmp_path / "a.parquet") == (
        "a.parquet: must hold at most 1 rows and 16 GiB unpacked. Got 2 rows and 0.0 GiB. "
        "Split the file or take a part of it."
    )


def test_a_column_name_twice(write, tmp_path, message):
    table = pa.table([pa.array(["a"]), pa.array(["b"])], names=["text", "text"])
    pq.write_table(table, tmp_path / "a.parquet")
    assert message(tmp_path / "a.parquet") == "a.parquet: must name each column once. Got 'text' more than once."
