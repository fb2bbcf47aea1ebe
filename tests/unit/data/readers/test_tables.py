"""Files read whole: whatever is wrong with a file is one message."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
import zipfile

import pyarrow as pa
import pytest


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl", "a.json", "a.conll", "a.parquet"])
def test_empty_file(write, name, message):
    assert message(write(name, "")) == f"{name}: the file is empty. It must hold at least one row."


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.conll"])
def test_not_utf8_names_the_line(write, name, message):
    assert message(write(name, b"text,label\nna\xefve,x\n")) == (
        f"{name} line 2: must be UTF-8. Got the byte 0xEF: in windows-1252 this place reads 'naïve,x'. If that is right, "
        "set `data.encoding: windows-1252` (run --set data.encoding=windows-1252; complete, evaluate, predict: --encoding "
        "windows-1252); else name another encoding, or save the file as UTF-8."
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
    assert message(write("a.pdf", "x")) == (
        "a.pdf: must be one of .csv, .tsv, .jsonl, .ndjson, .parquet, .json, .conll, .conllu, .iob, .iob2, .bio, "
        ".xlsx, .xls, .ods, .arrow, .feather, .txt. Got '.pdf'."
    )


@pytest.mark.parametrize("ending", [".gz", ".bz2", ".xz", ".zst"])
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.json", "a.conll", "a.tsv"])
def test_a_packed_file_is_read_as_what_is_in_it(write, columns, name, ending):
    content = {
        "a.csv": "text;label\ngüte;x\n", "a.jsonl": '{"text": "güte"}\n', "a.json": '[{"text": "güte"}]',
        "a.conll": "güte O\n\nno O\n", "a.tsv": "text\tlabel\ngüte\tx\n",
    }[name].encode()  # fmt: skip
    pack = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress,
            ".zst": lambda data: pa.compress(data, codec="zstd", asbytes=True)}[ending]  # fmt: skip
    read = columns(write(name + ending, pack(content)))
    assert (read.get("text") or read["tokens"][0])[0] == "güte"


def test_a_zip_is_read_where_it_holds_one_file(tmp_path, columns, message):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as made:
        made.writestr("b/rows.csv", "text,label\na,x\n")
    assert columns(tmp_path / "a.zip") == {"text": ["a"], "label": ["x"]}
    with zipfile.ZipFile(tmp_path / "a.zip", "a") as made:
        made.writestr("b/more.csv", "text,label\na,x\n")
    assert message(tmp_path / "a.zip") == (
        "a.zip: it must hold one file. Got b/rows.csv, b/more.csv. Unpack it and name the folder or the files."
    )


def test_packed_files_are_hashed_as_they_lie(write, load):
    packed = write(
        "train.csv.gz", gzip.compress(b"text,label\n" + b"".join(b"t%d,%d\n" % (i, i % 2) for i in range(40)))
    )
    (file,) = load().files
    assert (file.name, file.sha256) == ("train.csv.gz", hashlib.sha256(packed.read_bytes()).hexdigest())


def test_what_cannot_be_read_in_its_packing(write, message):
    assert message(write("a.parquet.gz", gzip.compress(b"x"))) == (
        "a.parquet.gz: a .parquet file cannot be read in its packing. Unpack it."
    )
    assert message(write("a.csv.gz", b"text,label")).startswith("a.csv.gz: it cannot be unpacked (Not a gzipped file")


def test_a_file_of_nothing_but_faults_is_not_read_to_its_end(write, message, monkeypatch):
    monkeypatch.setattr("tunecard.data.readers.tables.MOST_FAULTS", 3)
    assert message(write("a.csv", "text,label\n" + "a\n" * 9)).endswith(
        "a.csv: 3 rows cannot be read, and no more are looked at."
    )
