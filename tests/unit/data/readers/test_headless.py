"""Tables without a header: named by place, or told by their first row; never a row less, never a header as a row."""

from __future__ import annotations

import pytest

from tunecard.data.readers.options import ReadingOptions
from tunecard.data.readers.tables import read_file, read_records
from tunecard.inference.bulk.stream import count_rows

TEXTS = [f"a text that is long enough, number {i}" for i in range(20)]
EVIDENT = {
    "a class": "".join(f'{"xy"[i % 2]},"{text}"\n' for i, text in enumerate(TEXTS)),
    "numbers": "".join(f'"{i % 3 + 1}","Title {i}","{text}"\n' for i, text in enumerate(TEXTS)),
}
PROPER = {
    "one word": "id,review\n" + "".join(f'{i},"{text}"\n' for i, text in enumerate(TEXTS)),
    "years": "answer,2019\n" + "".join(f'"{text}",{i}\n' for i, text in enumerate(TEXTS)),
    "pandas": "0,1\n" + "1,x\n" * 5,
    "usual": "label,some words of it\n" + f'label,"{TEXTS[0]}"\n' * 4,
}


def told(**columns):
    return ReadingOptions(columns=columns)


@pytest.mark.parametrize("content", EVIDENT.values(), ids=EVIDENT)
def test_an_evident_row_is_a_row(write, content):
    read, records = read_records(write("a.csv", content))
    width = len(read.columns)
    assert list(read.columns) == [f"column {place + 1}" for place in range(width)]
    assert read.columns[f"column {width}"] == TEXTS
    value = read.columns["column 1"][0]
    assert list(records.notes) == [
        f"has no header, as {value!r} in its first row is a value of its column: its columns are column 1 to column "
        f"{width}"
    ]


@pytest.mark.parametrize("content", PROPER.values(), ids=PROPER)
def test_a_proper_header_stays_one(write, content):
    read, records = read_records(write("a.csv", content))
    assert ",".join(read.columns) == content.split("\n", maxsplit=1)[0]
    assert not any("no header" in note for note in records.notes)


def test_columns_named_by_their_place_mean_that_there_is_no_header(write):
    path = write("a.csv", "pos,fine\nneg,dull\nneg,bad\n")
    assert list(read_file(path)[0].columns) == ["pos", "fine"]
    read, records = read_records(path, told(text="column 2", label="column 1"))
    assert read.columns == {"column 1": ["pos", "neg", "neg"], "column 2": ["fine", "dull", "bad"]}
    assert any("read as a table without a header" in note for note in records.notes)


def test_a_column_without_a_name_in_a_header_is_no_sign(write):
    read, _ = read_records(write("a.csv", "text,\na,1\nb,0\nc,1\n"), told(label="column 2"))
    assert read.columns == {"text": ["a", "b", "c"], "column 2": ["1", "0", "1"]}


def test_a_run_is_told_the_key_and_does_as_it_says(write, fault, load):
    write("a.csv", EVIDENT["a class"])
    said = fault("a.csv")
    assert "Set `data.columns.text` (as in `data.columns: {label: column 1, text: column 2}`)" in said
    data = load("a.csv", columns={"text": "column 2", "label": "column 1"})
    assert (sum(map(len, data.splits.values())), data.labels) == (20, ("x", "y"))


def test_whoever_predicts_reads_as_many_rows(write):
    path = write("a.csv", "pos,fine\nneg,dull\n")
    assert (count_rows(path), count_rows(path, told(text="column 2"))) == (1, 2)


def test_a_tab_in_every_row_wins_over_the_commas_of_prose(write):
    content = "".join(f"{'xy'[i % 2]}\tsome long text, number {i}\n" for i in range(20))
    assert list(read_file(write("a.tsv", content))[0].columns) == ["column 1", "column 2"]
    content += "x\tone, two, three\n"
    assert read_file(write("b.csv", content))[0].columns["column 2"][-1] == "one, two, three"


def test_a_header_that_stands_there_again_is_no_value_of_its_column(write, message):
    content = ("score of it,what was said there\n" + f'1,"{TEXTS[0]}"\n' * 4) * 4
    assert message(write("a.csv", content)) == (
        "a.csv rows 5, 10 and 15: repeats the header, as joined files do. Remove it."
    )
