"""JSON in the shapes that people and libraries write it in."""

from __future__ import annotations

import json

import pytest

from tunecard.data.readers.tables import read_records
from tunecard.errors import DataError

ROWS = [{"text": "a", "label": "x"}, {"text": "b", "label": "y"}]
COLUMNS = {"text": ["a", "b"], "label": ["x", "y"]}
TURNED = "a column a key, as pandas writes it, turned into rows"


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("".join(json.dumps(row) + "\n" for row in ROWS), ""),
        (json.dumps(ROWS), ""),
        (json.dumps(ROWS, indent=2), ""),
        ("[" + ",\n".join(json.dumps(row) for row in ROWS) + "]", ""),
        ("\n".join(json.dumps(row, indent=2) for row in ROWS), "objects one after the other"),
        (json.dumps({"version": 1, "data": ROWS}, indent=1), ""),
        (json.dumps({"note": "x", "examples": ROWS}, indent=1), "the rows are those under 'examples'"),
        (json.dumps(COLUMNS, indent=1), "a list a column, turned into rows"),
        (json.dumps({"text": {"0": "a", "7": "b"}, "label": {"0": "x", "7": "y"}}, indent=1), TURNED),
        (json.dumps({"one": ROWS[0], "two": ROWS[1]}, indent=1), "a row a key; the keys themselves are left out"),
        (
            json.dumps({"columns": ["text", "label"], "index": [0, 1], "data": [["a", "x"], ["b", "y"]]}, indent=1),
            "columns, index and data, as pandas writes them",
        ),
    ],
)
def test_a_shape_that_is_read(write, name, content, said):
    read, records = read_records(write(name, content))
    assert read.columns == COLUMNS
    assert records.notes == ({said: 0} if said else {})


@pytest.mark.parametrize("content", [{"text": {"0": "a"}, "label": {"0": "x"}}, {"text": ["a"], "label": ["x"]}])
def test_one_line_of_columns_in_a_json(write, columns, content):
    assert columns(write("a.json", json.dumps(content))) == {"text": ["a"], "label": ["x"]}


def test_one_row(write, columns):
    assert columns(write("a.json", json.dumps(ROWS[0]))) == {"text": ["a"], "label": ["x"]}
    assert columns(write("b.jsonl", json.dumps({"tokens": ["a"], "tags": ["O"]}))) == {
        "tokens": [["a"]],
        "tags": [["O"]],
    }


def test_several_lists(write, message):
    assert message(write("a.json", {"train": ROWS, "test": ROWS})) == (
        "a.json: holds several lists of rows: 'train', 'test'. Write each to a file of its own, and name the files in "
        "`data.source`, a path for each split."
    )


def test_questions_of_articles_are_rows_as_the_hub_has_them(write):
    asked = {
        "id": "1",
        "question": "q?",
        "answers": [{"text": "c", "answer_start": 0}, {"text": "c", "answer_start": 0}],
    }
    none = {"id": "2", "question": "r?", "answers": [], "is_impossible": True, "plausible_answers": [{"text": "x"}]}
    squad = {"version": "2.0", "data": [{"title": "t", "paragraphs": [{"context": "c", "qas": [asked, none]}]}]}
    read, records = read_records(write("a.json", squad))
    assert read.columns == {
        "title": ["t", "t"],
        "context": ["c", "c"],
        "id": ["1", "2"],
        "question": ["q?", "r?"],
        "answers": [{"text": ["c", "c"], "answer_start": [0, 0]}, {"text": [], "answer_start": []}],
        "is_impossible": [None, True],
    }
    assert list(records.notes) == ["articles of paragraphs with questions, as SQuAD has them, a row a question"]


def test_an_article_of_another_form_is_a_fault_of_its_row(write):
    whole = {"context": "c", "qas": [{"question": "q?"}, "r?"]}
    articles = [{"title": "t", "paragraphs": [whole, {"context": "d"}]}, {"title": "u"}]
    with pytest.raises(DataError, match=r"a.json rows 2, 3 and 4: must be one JSON object. Got \['r\?'\], "):
        read_records(write("a.json", json.dumps(articles)))


def test_lines_that_are_broken_stay_lines(write, message):
    said = message(write("a.json", '{"text": "a"}\n{"text"\n[1]\n')).splitlines()
    assert said[0] == "2 problems" and said[1].startswith("  a.json line 2: must be one JSON object.")
    assert said[2].startswith("  a.json line 3: must be one JSON object. Got [1].")


def test_rows_beside_data_are_left_out_and_told(write):
    content = '{"data": [{"text": "a"}], "test": [{"text": "b"}]}'
    read, records = read_records(write("a.json", content))
    assert read.columns == {"text": ["a"]}
    assert records.notes == {"the rows are those under 'data'; those under 'test' are left out": 0}
