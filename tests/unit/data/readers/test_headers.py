"""Headers: blanks around names, and columns that are none."""

from __future__ import annotations

import pytest

from tunecard.data.readers.tables import read_records


def test_blanks_around_names_are_told(write):
    read, records = read_records(write("a.csv", "text , label\na,b\n"))
    assert read.columns == {"text": ["a"], "label": ["b"]}
    assert records.notes == {"the header 'text ' is read as 'text'": 0, "the header ' label' is read as 'label'": 0}


@pytest.mark.parametrize("name", ["", "Unnamed: 0"])
@pytest.mark.parametrize("first", [0, 1])
def test_an_index_is_left_out(write, name, first):
    rows = "".join(f"{i + first},t{i},x,\n" for i in range(30))
    read, records = read_records(write("a.csv", f"{name},text,label,\n{rows}"))
    assert read.columns == {"text": [f"t{i}" for i in range(30)], "label": ["x"] * 30}
    assert records.notes == {
        f"{repr(name) if name else 'column 1, which has no name,'} is left out: it only counts the rows": 0,
        "column 4, which has no name, is left out: it is empty": 0,
    }


def test_a_column_without_a_name_that_says_something_is_kept(write):
    read, records = read_records(write("a.csv", ",label\na,x\nb,y\n"))
    assert read.columns == {"column 1": ["a", "b"], "label": ["x", "y"]}
    assert records.notes == {"column 1 has no name and is read as 'column 1'": 0}
    labels, _ = read_records(write("b.csv", "text,\na,1\nb,0\nc,1\n"))
    assert labels.columns == {"text": ["a", "b", "c"], "column 2": ["1", "0", "1"]}


def test_a_named_column_is_never_left_out(write, columns):
    assert columns(write("a.csv", "id,text,label\n0,a,\n1,b,\n")) == {
        "id": ["0", "1"], "text": ["a", "b"], "label": ["", ""],
    }  # fmt: skip


def test_empty_fields_beyond_the_header(write, message):
    read, records = read_records(write("a.csv", "text,label\na,x,,\nb,y\nc,z, \n"))
    assert read.columns == {"text": ["a", "b", "c"], "label": ["x", "y", "z"]}
    assert records.notes == {"rows with empty fields beyond the header, which are left out": 2}
    assert "Got 3" in message(write("b.csv", "text,label\na,x,said\n"))


def test_names_that_are_the_same_without_their_blanks(write, message):
    assert message(write("a.csv", "text,text \na,x\n")) == (
        "a.csv: the header must name each column once. Got 'text' more than once."
    )


def test_only_empty_columns(write, message):
    assert message(write("a.csv", ",\n,\n")) == (
        "a.csv: must begin with a header that names the columns. Got only empty columns."
    )


def test_a_first_row_that_may_be_none(write):
    _, records = read_records(write("a.csv", "x,first\ny,another text there\nx,a third one\nx,one at the end\n"))
    assert records.notes == {"the first row is read as the header; is it one? 'x' is also a value of its column": 0}


def test_thousands_of_columns_without_a_name_are_counted(write):
    read, records = read_records(
        write("a.csv", "text" + "," * 1_000 + "\na b" + ",x" * 1_000 + "\nc" + ",y" * 1_000 + "\n")
    )
    assert len(read.columns) == 1_001
    assert (len(records.notes), records.notes["further such columns"]) == (21, 980)
