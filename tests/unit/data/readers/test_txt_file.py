"""A .txt file may be anything: what is in it tells."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from tunecard.data.readers.formats import open_rows
from tunecard.data.readers.options import ReadingOptions
from tunecard.data.readers.tables import read_records

TEXTS = [f"a text, number {i}" for i in range(30)]


def test_a_table_as_excel_saves_unicode_text(write):
    content = "text\tlabel\r\n" + "".join(f"{text}\t{'xy'[i % 2]}\r\n" for i, text in enumerate(TEXTS))
    read, records = read_records(write("a.txt", content.encode("utf-16")))
    assert read.columns == {"text": TEXTS, "label": ["x", "y"] * 15}
    assert records.notes == {"UTF-16 by its mark": 0, "read as a table with tabs": 0}


def test_lines_of_fasttext(write, message):
    content = "".join(f"__label__{'xy'[i % 2]} {text}\n" for i, text in enumerate(TEXTS))
    read, records = read_records(write("a.txt", content))
    assert read.columns == {"text": TEXTS, "label": ["x", "y"] * 15}
    assert records.notes == {"read as fastText's lines, __label__ before the class": 0}
    assert message(write("b.txt", content + "__label__x __label__y two\n")) == (
        "b.txt line 31: must be one __label__CLASS and a text. Got '__label__x __label__y two'."
    )


def test_words_with_classes_that_are_no_tags_are_no_table(write):
    read, _ = read_records(write("a.txt", "Ana\tperson\nran\tO\n\nno\tO\n" * 20))
    assert read.columns["tags"][0] == ["person", "O"]


@pytest.mark.parametrize("name", ["SMSSpamCollection", "sms.txt", "sms.text", "sms.dat"])
def test_a_table_whose_class_comes_first(write, name):
    path = write(name, "".join(f"{'xy'[i % 2]}\t{text}\n" for i, text in enumerate(TEXTS)))
    assert read_records(path)[0].columns == {"column 1": ["x", "y"] * 15, "column 2": TEXTS}
    with ExitStack() as stack:
        named = open_rows(path, stack, ReadingOptions(columns={"text": "column 2"}))
        assert [row.values["column 2"] for row in named.rows] == TEXTS
    with ExitStack() as stack:
        assert len(list(open_rows(path, stack).rows)) == 30  # lines, where nobody named a column


@pytest.mark.parametrize("name", ["reviews.data", "reviews.dat"])
def test_a_table_with_commas_as_data(write, name):
    content = "label,text\n" + "".join(f'{"xy"[i % 2]},"{text}"\n' for i, text in enumerate(TEXTS))
    assert read_records(write(name, content))[0].columns == {"label": ["x", "y"] * 15, "text": TEXTS}


def test_files_without_an_ending_in_a_folder(write, load):
    words = "Ana\tB-PER\nran\tO\n\n"
    for name, sentences in (("train", 20), ("dev", 3), ("test", 4)):
        write(f"wiki/{name}", words * sentences)
    write("wiki/Makefile", "all:\n")
    assert [len(split) for split in load("wiki").splits.values()] == [20, 3, 4]
    write("uci/SMSSpamCollection", "".join(f"{'xy'[i % 2]}\t{text}\n" for i, text in enumerate(TEXTS)))
    write("uci/readme", "It is a collection.\n")
    assert load("uci", columns={"text": "column 2", "label": "column 1"}).labels == ("x", "y")
