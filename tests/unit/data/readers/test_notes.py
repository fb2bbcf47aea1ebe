"""What a reader notes reaches whoever reads: once a kind, with its files, and counts added up."""

from __future__ import annotations

import pytest

from tunecard.data import describe
from tunecard.data.readers import formats, tables
from tunecard.data.readers.notes import told
from tunecard.data.readers.records import Records, Row


def test_a_kind_is_said_once_and_counts_are_added_up():
    shards = [(f"train-{i}.csv", {"read with ';' between columns": 0, "comment lines skipped": i}) for i in range(1, 6)]
    assert told([*shards, ("test.csv", {"comment lines skipped": 1000})]) == (
        "train-1.csv, train-2.csv, train-3.csv and 2 more: read with ';' between columns",
        "train-1.csv, train-2.csv, train-3.csv and 3 more: comment lines skipped: 1,015",
    )
    assert told([]) == ()


@pytest.fixture
def noting(monkeypatch):
    """A reader of `.csv` that notes two things and leaves out every third row."""

    def open_noting(path, stack, options):
        records = Records(path.name, ["text", "label"], iter(()))

        def rows():
            for number in range(1, 41):
                if number % 3 == 0:
                    records.left_out["rejected"] = records.left_out.get("rejected", 0) + 1
                else:
                    yield Row({"text": f"text {number}", "label": "ab"[number % 2]}, number=number)
            records.notes["lines skipped"] = 2

        return Records(records.file, records.names, rows(), notes=records.notes, left_out=records.left_out)

    monkeypatch.setitem(formats.TRAINING, ".csv", open_noting)


def test_notes_and_rows_left_out_reach_the_data_set(noting, write, load):
    write("train.csv", "x")
    write("test.csv", "x")
    data = load()
    assert data.notes == (
        "train.csv, test.csv: lines skipped: 4",
        "train, test: rows left out (rejected): 26",
    )
    assert data.splits["train"].dropped == {"rejected": 13}
    assert data.splits["validation"].dropped == {}
    findings = {finding.id: finding for finding in describe(data)}
    assert findings["data.reading"].value == list(data.notes)
    assert findings["data.test.dropped"].value == {"rejected": 13}


def test_a_row_keeps_its_number_in_the_file(noting, write):
    table = tables.read_file(write("a.csv", "x"))[0]
    assert table.where(2) == "a.csv row 4"
    assert table.where_all([1, 2]) == "a.csv rows 2 and 4"


def test_where_there_is_nothing_to_tell_no_record_is_written(write, load):
    write("train.jsonl", [{"text": f"text {i}", "label": "ab"[i % 2]} for i in range(40)])
    data = load()
    assert data.notes == ()
    assert "data.reading" not in {finding.id for finding in describe(data)}
