"""Files read whole: whatever is wrong with a file is one message."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl", "a.json", "a.conll", "a.parquet"])
def test_empty_file(write, name, message):
    assert message(write(name, "")) == f"{name}: the file is empty. It must hold at least one row."


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.conll"])
def test_not_utf8_names_the_line(write, name, message):
    assert message(write(name, b"text,label\nna\xefve,x\n")) == (
        f"{name} line 2: must be UTF-8. Got the byte 0xEF: in windows-1252 this place reads 'naïve,x'. If that is right, "
        "set `data.encoding` to windows-1252 (--set data.encoding=windows-1252); else name another encoding, or save "
        "the file as UTF-8."
    )


def test_a_folder_for_a_file(tmp_path, message):
    (tmp_path / "here").mkdir()
    assert message(tmp_path / "here") == (
        "here: must be a file here. Got a folder. Name the folder alone as `data.source`."
    )


def test_a_file_that_may_not_be_read(write, monkeypatch, message):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    path = write("a.csv", "text,label\na,b\n")
    monkeypatch.setattr("os.open", refuse)
    assert message(path) == "a.csv: cannot be read (Permission denied). Check its permissions."


def test_unknown_kind_of_file(write, message):
    assert message(write("a.xlsx", "x")) == (
        "a.xlsx: must be one of .csv, .tsv, .jsonl, .ndjson, .parquet, .json, .conll, .conllu, .iob, .iob2, .bio, "
        ".txt. Got '.xlsx'."
    )
