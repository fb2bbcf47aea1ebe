"""Rows on demand: the same rows and faults as when a file is read whole, and never all of them in memory."""

from __future__ import annotations

import json
import tracemalloc
from contextlib import ExitStack

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tunecard.data.readers.formats import open_rows
from tunecard.data.readers.records import Fault
from tunecard.data.readers.tables import read_file
from tunecard.errors import DataError
from tunecard.row_faults import fault_as_read

ROWS = [{"id": str(i), "text": f"{i:04} " + "word " * 400} for i in range(4000)]  # 8 MB


def write_rows(path):
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(ROWS), path, row_group_size=500)
        return path
    mark = {".csv": ",", ".tsv": "\t"}.get(path.suffix)
    lines = [mark.join(row.values()) for row in ROWS] if mark else map(json.dumps, ROWS)
    path.write_text("\n".join([*([mark.join(ROWS[0])] if mark else []), *lines]))
    return path


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".parquet"])
def test_a_stream_gives_the_rows_of_the_table_and_holds_few_of_them(tmp_path, suffix):
    path = write_rows(tmp_path / f"a{suffix}")
    tracemalloc.start()
    with ExitStack() as stack:
        count = sum(row.values == expected for row, expected in zip(open_rows(path, stack).rows, ROWS, strict=True))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == len(ROWS)
    assert peak < 4_000_000
    assert read_file(path)[0].columns == {name: [row[name] for row in ROWS] for name in ROWS[0]}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", 'text,label\na,b\nc\n\n"d"e,f\ng,h\n"open\n'),
        ("a.tsv", "text\tlabel\na\tb\nc\nd\te\tf\n"),
        ("a.jsonl", '{"text": "a"}\n\n{"text"\nnull\n{"label": 1}\n'),
    ],
)
def test_a_stream_tells_the_faults_of_the_table(write, message, name, content):
    path = write(name, content)
    with ExitStack() as stack:
        faults = [fault for fault in open_rows(path, stack).rows if isinstance(fault, Fault)]
    assert message(path) == str(DataError([fault_as_read(fault.reason, f"{name} {fault.place}") for fault in faults]))
    assert len(faults) >= 2


def test_a_limit_of_memory_is_none_of_a_stream(tmp_path, monkeypatch):
    pq.write_table(pa.table({"text": ["a", "b"]}), tmp_path / "a.parquet")
    monkeypatch.setattr("tunecard.data.readers.parquet_file.MAX_ROWS", 1)
    with ExitStack() as stack:
        assert len(list(open_rows(tmp_path / "a.parquet", stack).rows)) == 2
