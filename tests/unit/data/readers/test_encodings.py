"""Encodings: by their mark, as asked, and a likely one proposed but never taken."""

from __future__ import annotations

import pytest

from tunecard.data.readers.encodings import likely_encoding
from tunecard.data.readers.options import ReadingOptions
from tunecard.data.readers.tables import read_file, read_records
from tunecard.errors import DataError

TABLE = "text,label\nnaïve façade,a\nwas für ein Spaß \u2013 ja,b\n"
TEXTS = ["naïve façade", "was für ein Spaß \u2013 ja"]


@pytest.mark.parametrize(
    ("encoding", "mark", "said"),
    [
        ("utf-16", b"", {"UTF-16 by its mark": 0}),
        ("utf-16-be", b"\xfe\xff", {"UTF-16 by its mark": 0}),
        ("utf-32", b"", {"UTF-32 by its mark": 0}),
        ("utf-8-sig", b"", {}),
        ("utf-8", b"", {}),
        ("utf-16-le", b"", {"UTF-16-LE without a mark, by its zeros": 0}),
        ("utf-16-be", b"", {"UTF-16-BE without a mark, by its zeros": 0}),
    ],
)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_mark_decides(write, encoding, mark, said, ending):
    table, records = read_records(write("a.csv", mark + TABLE.replace("\n", ending).encode(encoding)))
    assert table.columns == {"text": TEXTS, "label": ["a", "b"]}
    assert records.notes == said


@pytest.mark.parametrize(
    "encoding", ["windows-1252", "cp1252", "iso8859-15", "mac-roman", "utf-8", "gb18030", "utf-16"]
)
def test_another_encoding_as_asked(write, encoding):
    text = TABLE.replace("\u2013", "-").replace("ï", "é")
    path = write("a.jsonl", '{"text": "é \u2013 ß", "label": "a"}\n'.replace("\u2013", "-").encode(encoding))
    assert read_file(path, ReadingOptions(encoding=encoding))[0].columns["text"] == ["é - ß"]
    path = write("b.csv", text.encode(encoding))
    assert read_file(path, ReadingOptions(encoding=encoding))[0].columns["text"][0] == "naéve façade"


def test_an_encoding_that_was_asked_for_and_is_wrong(write):
    path = write("a.csv", TABLE.encode("cp1252"))
    with pytest.raises(DataError) as caught:
        read_file(path, ReadingOptions(encoding="ascii"))
    assert str(caught.value) == (
        "a.csv line 2: must be ascii. Got the byte 0xEF. Mend `data.encoding`, or leave it out for UTF-8."
    )


@pytest.mark.parametrize(
    ("text", "encoding", "proposed"),
    [
        ("Ein schöner Tag, sagte Großmutter; déjà vu", "cp1252", "windows-1252"),
        ("“quoted” \u2013 and 5 €", "cp1252", "windows-1252"),
        ("Это хороший фильм, и я доволен", "cp1251", "windows-1251"),
        ("この映画はとても面白い。", "shift_jis", "shift_jis"),
        ("这部电影非常好看\uff0c我很喜欢。", "gb18030", "gb18030"),
        ("이 영화는 정말 재미있다", "euc_kr", "euc_kr"),
    ],
)
def test_the_likely_encoding_is_proposed(write, message, text, encoding, proposed):
    assert likely_encoding(text.encode(encoding)) == proposed
    said = message(write("a.csv", f"text,label\n{text},x\n".encode(encoding)))
    assert f"--set data.encoding={proposed}" in said
    assert said.startswith("a.csv line 2: must be UTF-8. Got the byte 0x")


def test_the_line_of_a_byte_far_into_a_file(write, message):
    rows = "".join(f"text number {i},x\n" for i in range(200_000))
    assert message(write("a.csv", b"text,label\n" + rows.encode() + b"\xe9t\xe9,x\n")).startswith(
        "a.csv line 200002: must be UTF-8. Got the byte 0xE9: in windows-1252 this place reads 'été,x'."
    )


def test_text_that_ends_inside_a_character(write, message):
    assert message(write("a.csv", b"text,label\na,b\nc,\xc3")).startswith(
        "a.csv line 3: must be UTF-8. Got the byte 0xC3"
    )
