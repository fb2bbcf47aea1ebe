"""A .txt file may be anything: what is in it tells."""

from __future__ import annotations

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
