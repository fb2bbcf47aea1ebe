"""CSV and TSV: text stays text, and every row that cannot be read is named."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from tunecard.data.readers.formats import open_rows
from tunecard.data.readers.records import Row


def test_words_that_other_readers_take_for_missing_stay_text(write, columns):
    path = write("a.csv", "text,label,id\nnull,NA,007\n,nan,1e3\nTrue,None,-\n")
    assert columns(path) == {
        "text": ["null", "", "True"],
        "label": ["NA", "nan", "None"],
        "id": ["007", "1e3", "-"],
    }


def test_quotes_line_ends_and_a_byte_order_mark(write, columns):
    path = write("a.csv", '\ufefftext,label\r\n"one, ""two""\nthree",x\r\n\r\nfour,y\r\n')
    assert columns(path) == {"text": ['one, "two"\nthree', "four"], "label": ["x", "y"]}


def test_unicode_line_separators_do_not_end_a_row(write, columns):
    assert columns(write("a.csv", "text,label\na\u2028b\x85c,x\n"))["text"] == ["a\u2028b\x85c"]


def test_a_blank_line_is_an_empty_text_where_there_is_one_column(write, columns):
    assert columns(write("a.csv", "text\na\n\nb\n\n")) == {"text": ["a", "", "b"]}


def test_a_blank_line_that_is_a_row_counts_as_one(write, message):
    assert message(write("a.csv", "text\na\n\n\nb,c\n")).startswith("a.csv row 4: must have 1 columns")


def test_a_field_longer_than_the_library_allows_by_default(write, columns):
    assert len(columns(write("a.csv", "text,label\n" + "x" * 200_000 + ",y\n"))["text"][0]) == 200_000


def test_uneven_rows_are_all_named(write, message):
    assert message(write("a.csv", "text,label\na,x\nb\nc,y,z\n")) == (
        "a.csv rows 2 and 3: must have 2 columns as in the header. Got 1, 3. "
        "Put a text that holds the separator in quotation marks."
    )


def test_an_open_quotation_mark(write, message):
    assert message(write("a.csv", 'text,label\n"a,x\nb,y\n')) == (
        "a.csv line 3: cannot be read as CSV (unexpected end of data). A field with a quotation mark, the "
        'separator or a line end is written in quotation marks, with "" inside.'
    )


def test_a_column_named_twice(write, message):
    assert message(write("a.csv", "text,text\na,x\n")) == (
        "a.csv: the header must name each column once. Got 'text' more than once."
    )


def test_no_rows(write, message):
    assert message(write("a.csv", "text,label\n")) == "a.csv: has no rows. It must hold at least one row."


def test_a_tsv_quoted_as_other_writers_do(write, columns):
    assert columns(write("a.tsv", 'text\tlabel\n"he said ""hi"""\tx\n'))["text"] == ['he said "hi"']


def test_a_lone_quotation_mark_in_a_tsv_is_a_character(write, columns):
    path = write("a.tsv", 'text\tlabel\n"Yes, she said\tx\nno\ty\n"Well\tx\n')
    assert columns(path) == {"text": ['"Yes, she said', "no", '"Well'], "label": ["x", "y", "x"]}


def test_uneven_rows_and_rows_with_broken_quotes_are_named_together(write, message):
    assert message(write("a.csv", 'text,label\n"a"b,x\nc,y\nd\n')).splitlines() == [
        "2 problems",
        "  a.csv line 2: cannot be read as CSV (',' expected after '\"'). A field with a quotation mark, the "
        'separator or a line end is written in quotation marks, with "" inside.',
        "  a.csv row 3: must have 2 columns as in the header. Got 1. "
        "Put a text that holds the separator in quotation marks.",
    ]


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        ('text\tlabel\n"one\ttext"\tx\nbroken\n', ["one\ttext"]),  # one row is uneven either way
        ('text\tlabel\n"Yes\tx\nno\ty\nbroken\n', ['"Yes', "no"]),
        ('"text\tlabel\nbroken\n', []),
    ],
)
def test_a_tsv_with_a_broken_row_is_read_as_gives_more_rows(content, texts, write):
    with ExitStack() as stack:
        records = open_rows(write("a.tsv", content), stack)
        assert [row.values[records.names[0]] for row in records.rows if isinstance(row, Row)] == texts


def test_a_header_that_stands_there_again_is_no_row(write, message):
    rows = "text,label\na b c,x\n"
    assert message(write("a.csv", rows * 3)) == (
        "a.csv rows 2 and 4: repeats the header, as joined files do. Remove it."
    )


def test_a_text_that_is_the_name_of_its_only_column_stays(write, columns):
    assert columns(write("a.csv", "text\na\ntext\n")) == {"text": ["a", "text"]}


def test_quotation_marks_that_only_open_and_close_by_chance_join_no_rows(write, columns):
    content = 'text\tlabel\n"Hello\tpos\nmiddle one\tneg\nthe end"\tneg\nlast\tpos\n'
    assert columns(write("a.tsv", content)) == {
        "text": ['"Hello', "middle one", 'the end"', "last"], "label": ["pos", "neg", "neg", "pos"],
    }  # fmt: skip


def test_a_quoted_text_of_several_lines_stays_one(write, columns):
    content = 'text\tlabel\n"Hello\nthere"\tpos\nlast\tneg\n'
    assert columns(write("a.tsv", content)) == {"text": ["Hello\nthere", "last"], "label": ["pos", "neg"]}
