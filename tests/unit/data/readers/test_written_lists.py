"""Lists that a table holds as text, and what only looks like one."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunecard.data.readers.tables import read_records
from tunecard.data.readers.written_lists import parse_list


def as_csv(rows):
    stream = io.StringIO()
    csv.writer(stream).writerows(rows)
    return stream.getvalue()


@given(st.lists(st.text(max_size=8) | st.integers() | st.booleans() | st.none(), max_size=6))
def test_what_python_prints_is_read_back(items):
    assert parse_list(str(items)) == (items, False)


def test_python_json_and_numpy(write):
    rows = [
        ("tokens", "ner_tags"),
        (["Ana", "it's"], [1, 0]),
        ('["a", "b\\u00e9"]', "[0 2]"),
        ("['a' 'b'\n 'c']", "[0, 1, 2]"),
    ]
    read, records = read_records(write("a.csv", as_csv(rows)))
    assert read.columns == {
        "tokens": [["Ana", "it's"], ["a", "bé"], ["a", "b", "c"]],
        "ner_tags": [[1, 0], [0, 2], [0, 1, 2]],
    }
    assert records.notes == {
        "the cells of 'tokens' are lists written as text, and read as lists": 0,
        "the cells of 'ner_tags' are lists written as text, and read as lists": 0,
        "lists of 'tokens' that numpy printed, without commas": 1,
        "lists of 'ner_tags' that numpy printed, without commas": 1,
    }


@pytest.mark.parametrize(
    "text",
    ["[laughs] so good", "[a, b]", "['a', 'b'", "['a' 'b', 'c']", "['a'...'b']", "[__import__('os')]", "[1, [2]]"],
)
def test_what_is_no_list_stays_text(write, columns, text):
    assert parse_list(text) is None
    assert columns(write("a.csv", as_csv([("text", "label"), (text, "x")])))["text"] == [text]


def test_one_text_in_brackets_among_others_stays_text(write, columns):
    assert columns(write("a.csv", as_csv([("text", "label"), ("['a']", "x"), ("good", "y")])))["text"] == [
        "['a']",
        "good",
    ]


def test_a_later_cell_that_is_no_list_is_a_fault(write, message):
    rows = [("tokens", "tags"), *[(["a"], ["O"])] * 300, ("none", ["O"])]
    assert message(write("a.csv", as_csv(rows))) == (
        "a.csv row 301: must hold a list in 'tokens', as the rows before it. Mend or remove it."
    )


def test_a_cell_of_a_million_brackets_takes_no_time():
    assert parse_list("[" * 900_000 + "]" * 900_000) is None
    assert parse_list("[" + "'a'," * 200_000 + "]")[0] == ["a"] * 200_000


@pytest.mark.parametrize(
    "cell",
    ["[007, 008]", "['a\nb', 'c']", "['\\x']", "['\\N{none}']", f"[{'1' * 5_000}]", "['a\0b']", "[[1], [2]]", "[NaN]"],
)
def test_what_no_program_prints_stays_text(write, cell):
    read, records = read_records(write("a.csv", as_csv([("tokens", "label"), (cell, "x")])))
    assert (read.columns["tokens"], records.notes) == ([cell], {})


def test_escapes_of_json_are_read_as_json():
    assert parse_list(r'["\ud83d\ude00", "a\/b", "\u00e9"]') == (["\U0001f600", "a/b", "\xe9"], False)
