"""Workbooks: a sheet as the csv that it could be."""

from __future__ import annotations

import sys
import zipfile
from contextlib import ExitStack

import pytest

from tunecard.data.readers.formats import open_rows
from tunecard.data.readers.options import ReadingOptions
from tunecard.data.readers.tables import read_file, read_records
from tunecard.errors import DataError, MachineError
from workbooks import write_xlsx

ROWS = [["text", "label", "score"], ["good, so good", 1, 0.5], ["bad\nvery", 2, 4], ["007", True, None]]
COLUMNS = {
    "text": ["good, so good", "bad\nvery", "007"], "label": ["1", "2", "TRUE"], "score": ["0.5", "4", ""],
}  # fmt: skip


def test_cells_are_text_as_they_are_shown(tmp_path):
    read, records = read_records(write_xlsx(tmp_path / "a.xlsx", {"Sheet1": ROWS}))
    assert (read.columns, records.notes) == (COLUMNS, {})


def test_of_several_sheets_the_first_with_rows_is_read_and_the_others_are_named(tmp_path, message):
    path = write_xlsx(tmp_path / "a.xlsx", {"Empty": [], "Train": ROWS, "Test": [["text"], ["x"]]})
    read, records = read_records(path)
    assert read.columns == COLUMNS
    assert records.notes == {"the first sheet, 'Train', is read; `data.config: Test` would read another": 0}
    assert read_file(path, ReadingOptions(sheet="Test"))[0].columns == {"text": ["x"]}
    with pytest.raises(DataError) as caught:
        read_file(path, ReadingOptions(sheet="Tets"))
    assert str(caught.value) == (
        "a.xlsx: has no sheet 'Tets'. Did you mean 'Test'? It has 'Empty', 'Train', 'Test'. Set `data.config`."
    )


def test_an_index_empty_columns_blank_rows_and_merged_cells(tmp_path):
    rows = [["", " text ", "label", ""], [0, "a", "x"], [], [1, "b", None], [2, "c", "y", ""]]
    read, records = read_records(write_xlsx(tmp_path / "a.xlsx", {"S": rows}, merged=["C2:C4"]))
    assert read.columns == {"text": ["a", "b", "c"], "label": ["x", "", "y"]}
    assert records.notes == {
        "merged cells, whose value is read in the first of them only": 1,
        "column 1, which has no name, is left out: it only counts the rows": 0,
        "the header ' text ' is read as 'text'": 0,
        **({"column 4, which has no name, is left out: it is empty": 0} if len(records.notes) > 3 else {}),
    }


def test_a_workbook_to_predict(tmp_path):
    with ExitStack() as stack:
        rows = open_rows(write_xlsx(tmp_path / "a.xlsx", {"S": ROWS}), stack).rows
        assert [row.values["text"] for row in rows] == COLUMNS["text"]


def test_without_its_reader_the_pip_line_is_told(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    with pytest.raises(MachineError) as caught:
        read_file(write_xlsx(tmp_path / "a.xlsx", {"S": ROWS}))
    assert str(caught.value) == (
        "reading a.xlsx needs python-calamine: pip install 'tunecard[excel]'. Or save the sheet as csv."
    )


def test_what_is_no_workbook(write, message, tmp_path):
    assert message(write("a.xlsx", "text,label\n")).startswith("a.xlsx: cannot be read as a workbook (")
    assert message(write_xlsx(tmp_path / "b.xlsx", {"S": []})) == "b.xlsx: has no rows. It must hold at least one row."


def test_a_workbook_that_unpacks_to_far_more_is_refused(tmp_path, message, monkeypatch):
    path = write_xlsx(tmp_path / "a.xlsx", {"S": [["text"], ["x" * 200_000]]})
    monkeypatch.setattr("tunecard.data.readers.excel_file.ALWAYS_READ", 1_000)
    assert "bytes unpack to 20" in message(path)


def test_sheets_that_are_called_as_splits_are_splits(tmp_path, load):
    rows = [["text", "label"], *([f"text {i}", "xy"[i % 2]] for i in range(8))]
    write_xlsx(tmp_path / "a.xlsx", {"Train": rows, "dev": rows[:3], "Test": rows[:5], "notes": [["x"]]})
    data = load("a.xlsx")
    assert {name: len(split) for name, split in data.splits.items()} == {"train": 8, "validation": 2, "test": 4}
    assert data.notes == ("a.xlsx: its sheets are the splits: Train, dev, Test",)
    assert [(file.name, file.split, file.rows) for file in data.files][1] == ("a.xlsx", "validation", 2)
    assert len(load("a.xlsx", config="Test", needs_train=False, labels=["x", "y"]).splits["test"]) == 4
    write_xlsx(tmp_path / "b.xlsx", {"train": rows, "other": rows})
    assert load("b.xlsx").notes == (
        "b.xlsx: the first sheet, 'train', is read; `data.config: other` would read another",
    )


def test_a_sheet_without_a_header(tmp_path):
    rows = [["pos", "a long enough text of it"], ["neg", "another one that is long"], ["pos", "and a third one here"]]
    path = write_xlsx(tmp_path / "a.xlsx", {"x": rows})
    read = read_file(path, ReadingOptions(columns={"label": "column 1"}))[0]
    assert read.columns == {"column 1": ["pos", "neg", "pos"], "column 2": [row[1] for row in rows]}


def spoil(path, old, new):
    """The same workbook with other bytes in its first sheet."""
    with zipfile.ZipFile(path) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = parts[sheet].replace(old, new)
    with zipfile.ZipFile(path, "w") as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return path


@pytest.mark.parametrize("place", [b"XFD1048576", b"GGG200000"])
def test_a_cell_far_from_the_table_never_makes_the_reader_hold_what_lies_between(tmp_path, message, place):
    said = message(spoil(write_xlsx(tmp_path / "a.xlsx", {"S": ROWS}), b'r="A4"', b'r="' + place + b'"'))
    assert said.startswith("a.xlsx: a sheet must have at most 10,000,000 cells up to its last one. Got ")
    assert said.endswith("Delete what stands far from the table, or save the sheet as csv.")


def test_a_sheet_that_is_broken_inside(tmp_path, message):
    said = message(spoil(write_xlsx(tmp_path / "a.xlsx", {"S": ROWS}), b"good,", b"&none;"))
    assert said.startswith("a.xlsx: the sheet 'S' cannot be read (")
