"""What parts the columns: found where it is clear, asked for where it is not, and never in a file of one column."""

from __future__ import annotations

import pytest

from tunecard.data.readers.options import ReadingOptions
from tunecard.data.readers.tables import read_file, read_records

TEXTS = ["good, really", "bad | so bad", "fair; I think", "one\ttab", 'she said "so"', "plain"]


def table(mark, *, quoted=True, ending="\n", name_blank=""):
    def cell(text):
        return '"' + text.replace('"', '""') + '"' if quoted or mark in text or '"' in text else text

    lines = [mark.join((cell("text"), name_blank + cell("label")))]
    lines += [mark.join((cell(text), cell("xy"[number % 2]))) for number, text in enumerate(TEXTS * 4)]
    return "".join(line + ending for line in lines)


@pytest.mark.parametrize("name", ["a.csv", "a.tsv"])
@pytest.mark.parametrize("quoted", [True, False])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize(("mark", "shown"), [(",", "','"), (";", "';'"), ("\t", "a tab"), ("|", "'|'")])
def test_a_separator_is_found_and_told_where_it_is_not_the_own_one(write, name, quoted, ending, mark, shown):
    read, records = read_records(write(name, table(mark, quoted=quoted, ending=ending)))
    assert read.columns == {"text": TEXTS * 4, "label": ["x", "y"] * 12}
    own = {"a.csv": ",", "a.tsv": "\t"}[name]
    assert records.notes == ({} if mark == own else {f"read with {shown} between columns": 0})


@pytest.mark.parametrize("mark", [";", "|", "\t"])
def test_a_file_of_one_column_stays_one(write, columns, mark):
    texts = [f"red{mark} green{mark} blue", "one", f"two{mark} three{mark} four", "five"]
    assert columns(write("a.csv", "text\n" + "".join(f"{text}\n" for text in texts))) == {"text": texts}


def test_few_rows_with_a_mark_in_the_header_are_no_columns(write, columns):
    path = write("a.csv", "What do you think; and why\n" + "It is good\n" * 9 + "good; because it is\n")
    assert columns(path) == {"What do you think; and why": ["It is good"] * 9 + ["good; because it is"]}


def test_unquoted_separators_in_some_texts_are_faults(write, message):
    rows = [f"text {i};x\n" if i % 4 else f"text; {i};x\n" for i in range(40)]
    said = message(write("a.csv", "text;label\n" + "".join(rows)))
    assert "must have 2 columns as in the header. Got 3. Put a text that holds ';' in quotation marks." in said
    assert "rows 1, 5, 9 and 7 more (10 in all)" in said


def test_where_two_would_do_a_person_is_asked(write, message):
    path = write("a.csv", "text;when,label\n" + "so;it is,x\n" * 5)
    assert message(path) == (
        "a.csv: the columns could be parted by ',' (2 columns) or ';' (2 columns). Say by which: set "
        "`data.separator` to comma or semicolon (complete, predict: --separator)."
    )
    assert read_file(path, ReadingOptions(separator="semicolon"))[0].columns["when,label"] == ["it is,x"] * 5
    assert read_file(path, ReadingOptions(separator=","))[0].columns["text;when"] == ["so;it is"] * 5


def test_any_character_can_be_named(write):
    path = write("a.csv", "text^label\na,b^x\n")
    assert read_file(path, ReadingOptions(separator="^"))[0].columns == {"text": ["a,b"], "label": ["x"]}


def test_a_first_line_that_states_the_separator(write):
    read, records = read_records(write("a.csv", "sep=;\r\ntext;label\r\na, b;x\r\n"))
    assert read.columns == {"text": ["a, b"], "label": ["x"]}
    assert records.notes == {"read with ';' between columns": 0}


def test_a_long_quoted_text_may_be_cut_by_the_sample(write, columns):
    text = "\n".join(["a line of a letter, with commas"] * 900)
    assert columns(write("a.csv", f'text;label\nshort;x\n"{text}";y\n')) == {
        "text": ["short", text],
        "label": ["x", "y"],
    }
