"""Text: UTF-8, byte by byte where every row is needed."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from tunecard.data.readers.formats import open_rows


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl", "a.json", "a.conll"])
def test_utf16_is_named(write, message, name):
    assert message(write(name, "text,label\na,b\n".encode("utf-16"))) == (
        f"{name}: must be UTF-8. Got UTF-16. Save the file as UTF-8."
    )


def test_the_byte_is_told_behind_a_byte_order_mark(write, message):
    found = message(write("a.csv", b"\xef\xbb\xbftext,label\nx,\xe9\n"))
    assert found.startswith("a.csv line 2: must be UTF-8. Got the byte 0xE9.")


def test_only_line_feeds_end_a_plain_line(write):
    with ExitStack() as stack:
        records = open_rows(write("a.txt", "\ufeffa\u2028b\x85\r\n\n c\rd"), stack)
        assert records.are_lines
        assert [row.values["text"] for row in records.rows] == ["a\u2028b\x85", "", " c\rd"]
