"""Readers: text stays text, and every broken file names its line."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tunecard.data.readers.files import read_file
from tunecard.errors import DataError


def columns(path):
    return read_file(path)[0].columns


def message(path):
    with pytest.raises(DataError) as caught:
        read_file(path)
    return str(caught.value)


class TestCsv:
    def test_words_that_other_readers_take_for_missing_stay_text(self, write):
        path = write("a.csv", "text,label,id\nnull,NA,007\n,nan,1e3\nTrue,None,-\n")
        assert columns(path) == {
            "text": ["null", "", "True"],
            "label": ["NA", "nan", "None"],
            "id": ["007", "1e3", "-"],
        }

    def test_quotes_line_ends_and_a_byte_order_mark(self, write):
        path = write("a.csv", '\ufefftext,label\r\n"one, ""two""\nthree",x\r\n\r\nfour,y\r\n')
        assert columns(path) == {"text": ['one, "two"\nthree', "four"], "label": ["x", "y"]}

    def test_unicode_line_separators_do_not_end_a_row(self, write):
        assert columns(write("a.csv", "text,label\na\u2028b\x85c,x\n"))["text"] == ["a\u2028b\x85c"]

    def test_a_blank_line_is_an_empty_text_where_there_is_one_column(self, write):
        assert columns(write("a.csv", "text\na\n\nb\n\n")) == {"text": ["a", "", "b"]}

    def test_a_field_longer_than_the_library_allows_by_default(self, write):
        assert len(columns(write("a.csv", "text,label\n" + "x" * 200_000 + ",y\n"))["text"][0]) == 200_000

    def test_uneven_rows_are_all_named(self, write):
        assert message(write("a.csv", "text,label\na,x\nb\nc,y,z\n")) == (
            "2 problems\n"
            "  a.csv row 2: must have 2 columns as in the header. Got 1. "
            "Put a text that holds the separator in quotation marks.\n"
            "  a.csv row 3: must have 2 columns as in the header. Got 3. "
            "Put a text that holds the separator in quotation marks."
        )

    def test_an_open_quotation_mark(self, write):
        assert message(write("a.csv", 'text,label\n"a,x\nb,y\n')) == (
            "a.csv line 3: cannot be read as CSV (unexpected end of data). A field with a quotation mark, the "
            'separator or a line end is written in quotation marks, with "" inside.'
        )

    def test_a_column_named_twice(self, write):
        assert message(write("a.csv", "text,text\na,x\n")) == (
            "a.csv: the header must name each column once. Got 'text' more than once."
        )

    def test_no_rows(self, write):
        assert message(write("a.csv", "text,label\n")) == (
            "a.csv: has a header and no rows. It must hold at least one row."
        )


class TestTsv:
    def test_quoted_as_other_writers_do(self, write):
        assert columns(write("a.tsv", 'text\tlabel\n"he said ""hi"""\tx\n'))["text"] == ['he said "hi"']

    def test_a_lone_quotation_mark_is_a_character(self, write):
        path = write("a.tsv", 'text\tlabel\n"Yes, she said\tx\nno\ty\n"Well\tx\n')
        assert columns(path) == {"text": ['"Yes, she said', "no", '"Well'], "label": ["x", "y", "x"]}

    def test_tokens_and_tags_are_conll(self, write):
        assert columns(write("a.tsv", "Ana\tB-PER\nran\tO\n\nno\tO\n")) == {
            "tokens": [["Ana", "ran"], ["no"]],
            "tags": [["B-PER", "O"], ["O"]],
        }


class TestJson:
    def test_values_keep_their_kind_and_missing_keys_are_none(self, write):
        path = write("a.jsonl", '{"text": "NA", "label": 3}\n\n{"text": null}\n')
        assert columns(path) == {"text": ["NA", None], "label": [3, None]}

    def test_unicode_line_separators_do_not_end_a_line(self, write):
        assert columns(write("a.jsonl", '{"text": "a\u2028b\x85c"}\n')) == {"text": ["a\u2028b\x85c"]}

    def test_every_broken_line_is_named(self, write):
        assert message(write("a.jsonl", '{"text": "a"}\n{"text": \n[1]\n')) == (
            "2 problems\n"
            "  a.jsonl line 2: must be one JSON object. Got broken JSON at column 10 (Expecting value). "
            "Mend or remove the line.\n"
            "  a.jsonl line 3: must be one JSON object. Got an array."
        )

    def test_nesting_without_end_is_a_fault_and_no_crash(self, write):
        assert message(write("a.jsonl", "[" * 100_000 + "\n")).startswith("a.jsonl line 1: must be one JSON object.")

    @pytest.mark.parametrize("content", ['[{"text": "a"}]', '{"data": [{"text": "a"}]}'])
    def test_an_array_of_objects(self, write, content):
        assert columns(write("a.json", content)) == {"text": ["a"]}

    def test_another_shape(self, write):
        assert message(write("a.json", "3")) == "a.json: must be a JSON array of objects. Got a number."


class TestParquet:
    def test_class_names_of_the_schema(self, tmp_path):
        features = (
            b'{"info": {"features": {"label": {"names": ["no", "yes"], "_type": "ClassLabel"}, '
            b'"tags": {"feature": {"names": ["O"], "_type": "ClassLabel"}, "_type": "List"}, '
            b'"text": {"dtype": "string", "_type": "Value"}}}}'
        )
        table = pa.table({"text": ["null"], "label": [1], "tags": [[0]]}).replace_schema_metadata(
            {"huggingface": features}
        )
        pq.write_table(table, tmp_path / "a.parquet")
        read, names = read_file(tmp_path / "a.parquet")
        assert read.columns == {"text": ["null"], "label": [1], "tags": [[0]]}
        assert names == {"label": ["no", "yes"], "tags": ["O"]}

    def test_broken(self, write):
        found = message(write("a.parquet", b"PAR1 but no more"))
        assert found.startswith("a.parquet: cannot be read as parquet (")
        assert found.endswith("Write it again or download it again.")

    def test_more_rows_than_can_be_meant(self, tmp_path, monkeypatch):
        pq.write_table(pa.table({"text": ["a", "b"]}), tmp_path / "a.parquet")
        monkeypatch.setattr("tunecard.data.readers.parquet_file.MAX_ROWS", 1)
        assert message(tmp_path / "a.parquet") == (
            "a.parquet: must hold at most 1 rows and 16 GiB unpacked. Got 2 rows and 0.0 GiB. "
            "Split the file or take a part of it."
        )


class TestConll:
    def test_first_and_last_field_marks_and_comments(self, write):
        path = write(
            "a.conll",
            "-DOCSTART- -X- -X- O\n\n# id = 1\nEU NNP B-NP B-ORG\nrejects VBZ B-VP O\n\n# NNP B-NP O\nend NN I-NP O",
        )
        assert columns(path) == {"tokens": [["EU", "rejects"], ["#", "end"]], "tags": [["B-ORG", "O"], ["O", "O"]]}

    def test_tabs_part_fields_so_that_a_token_may_hold_other_white_space(self, write):
        assert columns(write("a.txt", "a\u00a0b\tO\nc d\tB-X\n"))["tokens"] == [["a\u00a0b", "c d"]]

    def test_only_tokens(self, write):
        assert columns(write("a.iob", "Ana\nran\n")) == {"tokens": [["Ana", "ran"]]}

    def test_a_line_without_a_tag(self, write):
        assert message(write("a.bio", "Ana B-PER\nran\n")) == (
            "a.bio line 2: must hold a token and its tag, parted by a tab or a space. Got 'ran' only."
        )

    def test_where_a_word_stands(self, write):
        table = read_file(write("a.conll", "-DOCSTART- O\n\nAna B-PER\nran O\n\nno O\n"))[0]
        assert [table.where(0), table.where(0, 1), table.where(1, 0)] == [
            "a.conll line 3",
            "a.conll line 4",
            "a.conll line 6",
        ]


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl", "a.json", "a.conll", "a.parquet"])
def test_empty_file(write, name):
    assert message(write(name, "")) == f"{name}: the file is empty. It must hold at least one row."


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.conll"])
def test_not_utf8_names_the_line(write, name):
    assert message(write(name, b"text,label\nna\xefve,x\n")) == (
        f"{name} line 2: must be UTF-8. Got the byte 0xEF. Save the file as UTF-8, for example with "
        "`iconv -f WINDOWS-1252 -t UTF-8`."
    )


def test_a_folder_for_a_file(tmp_path):
    (tmp_path / "here").mkdir()
    assert message(tmp_path / "here") == (
        "here: must be a file here. Got a folder. Name the folder alone as `data.source`."
    )


def test_a_file_that_may_not_be_read(write, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied")

    path = write("a.csv", "text,label\na,b\n")
    monkeypatch.setattr("pathlib.Path.read_bytes", refuse)
    assert message(path) == "a.csv: cannot be read (Permission denied). Check its permissions."


def test_unknown_kind_of_file(write):
    assert message(write("a.xlsx", "x")) == (
        "a.xlsx: must be one of .csv, .tsv, .jsonl, .json, .parquet, .conll, .iob, .iob2, .bio, .txt, .ndjson. "
        "Got '.xlsx'."
    )
