"""Text: UTF-8, byte by byte where every row is needed."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

import pytest

from tunecard.data.readers.formats import open_rows
from tunecard.data.readers.text_file import open_text
from tunecard.errors import DataError


def test_the_byte_is_told_behind_a_byte_order_mark(write, message):
    found = message(write("a.csv", b"\xef\xbb\xbftext,label\nx,\xe9\n"))
    assert found.startswith("a.csv line 2: must be UTF-8. Got the byte 0xE9: in windows-1252")


def test_only_line_feeds_end_a_plain_line(write):
    with ExitStack() as stack:
        records = open_rows(write("a.txt", "\ufeffa\u2028b\x85\r\n\n c\rd"), stack)
        assert records.are_lines
        assert [row.values["text"] for row in records.rows] == ["a\u2028b\x85", "", " c\rd"]


@pytest.mark.parametrize("ending", [".jsonl", ".csv", ".tsv", ".txt", ".conll"])
def test_a_line_that_never_ends_is_refused(tmp_path: Path, ending: str) -> None:
    """Gigabytes without a line end were held whole, in several forms at once."""
    path = tmp_path / f"rows{ending}"
    path.touch()
    os.truncate(path, 3 << 30)
    with ExitStack() as stack, pytest.raises(DataError, match="a line must end within 50,000,000 bytes"):
        for _ in open_text(path, stack):
            pass


def test_many_lines_may_be_longer_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tunecard.data.readers.text_file.MOST_BYTES_OF_A_LINE", 10_000)
    (tmp_path / "rows.txt").write_text("é\n" * 50_000)
    with ExitStack() as stack:
        assert list(open_text(tmp_path / "rows.txt", stack)) == ["é\n"] * 50_000
