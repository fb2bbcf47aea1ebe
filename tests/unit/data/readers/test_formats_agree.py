"""The same rows in every kind of file are the same rows, whatever their texts are made of."""

from __future__ import annotations

import csv
import gzip
import io
import json
from contextlib import ExitStack

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import feather

from tunecard.data.readers.formats import open_rows
from tunecard.data.readers.tables import read_file
from workbooks import write_xlsx

TEXTS = [
    "plain words", "  blanks around ", 'she said "yes"', '"quoted"', "it's", "a, b; c | d", "back\\slash \\n \\t", "007",
    "1,5", "1e5", "NA", "null", "None", "nan", "TRUE", "2026-01-02", "=1+1", "-1", "#hash", "\ufb01 \ufb00 \uff46\uff55\uff4c\uff4c", "cafe\u0301",
    "Straße STRASSE", "\u0130 \u0131", "emoji \U0001f600", "para\u2029graph", "next\x85line", "no\u00a0break", "zero\u200bwidth",
    "two\nlines", "[1, 2", "{brace}", "__label__x", "sep=;", "-DOCSTART-", "a" * 5_000,
]  # fmt: skip
LABELS = ["Ja", "ja ", "straße", "strasse", "İ", "i", "01", "1", "1.0"]
ROWS = [(text, LABELS[number % len(LABELS)], f"{number:03}") for number, text in enumerate(TEXTS)]
NAMES = ["text", "label", "code"]
COLUMNS = {name: [row[place] for row in ROWS] for place, name in enumerate(NAMES)}


def table(separator):
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=separator).writerows([NAMES, *ROWS])
    return stream.getvalue().encode()


def objects():
    return [dict(zip(NAMES, row, strict=True)) for row in ROWS]


def excel(path):
    write_xlsx(path, {"S": [NAMES, *map(list, ROWS)]})


WRITTEN = {
    "a.csv": lambda path: path.write_bytes(table(",")),
    "semicolon.csv": lambda path: path.write_bytes(table(";")),
    "pipe.csv": lambda path: path.write_bytes(table("|")),
    "utf16.csv": lambda path: path.write_bytes(table(",").decode().encode("utf-16")),
    "mark.csv": lambda path: path.write_bytes(b"\xef\xbb\xbf" + table(",")),
    "a.tsv": lambda path: path.write_bytes(table("\t")),
    "a.csv.gz": lambda path: path.write_bytes(gzip.compress(table(","))),
    "a.jsonl": lambda path: path.write_text("".join(json.dumps(row) + "\n" for row in objects())),
    "plain.jsonl": lambda path: path.write_bytes(
        "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in objects()).encode()
    ),
    "a.json": lambda path: path.write_text(json.dumps(objects(), indent=1)),
    "columns.json": lambda path: path.write_text(json.dumps(COLUMNS)),
    "a.parquet": lambda path: pq.write_table(pa.table(COLUMNS), path),
    "a.feather": lambda path: feather.write_feather(pa.table(COLUMNS), str(path)),
    "a.xlsx": excel,
}


@pytest.mark.parametrize("name", WRITTEN)
def test_learning_and_predicting_read_the_rows_that_were_written(tmp_path, name):
    path = tmp_path / name
    WRITTEN[name](path)
    assert read_file(path)[0].columns == COLUMNS
    with ExitStack() as stack:
        assert [row.values for row in open_rows(path, stack).rows] == objects()
