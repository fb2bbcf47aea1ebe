"""CoNLL: sentences of tokens and tags that know their lines."""

from __future__ import annotations

from tunecard.data.readers.tables import read_file


def test_first_and_last_field_marks_and_comments(write, columns):
    path = write(
        "a.conll",
        "-DOCSTART- -X- -X- O\n\n# id = 1\nEU NNP B-NP B-ORG\nrejects VBZ B-VP O\n\n# NNP B-NP O\nend NN I-NP O",
    )
    read = columns(path)
    assert (read["tokens"], read["tags"]) == ([["EU", "rejects"], ["#", "end"]], [["B-ORG", "O"], ["O", "O"]])
    assert read["column 2"] == [["NNP", "VBZ"], ["NNP", "NN"]]


def test_tabs_part_fields_so_that_a_token_may_hold_other_white_space(write, columns):
    assert columns(write("a.txt", "a\u00a0b\tO\nc d\tB-X\n"))["tokens"] == [["a\u00a0b", "c d"]]


def test_only_tokens(write, columns):
    assert columns(write("a.iob", "Ana\nran\n")) == {"tokens": [["Ana", "ran"]]}


def test_a_line_without_a_tag(write, message):
    assert message(write("a.bio", "Ana B-PER\nran\n")) == (
        "a.bio line 2: must hold a token and its tag, parted by a tab or a space. Got 'ran' only."
    )


def test_where_a_word_stands(write):
    table = read_file(write("a.conll", "-DOCSTART- O\n\nAna B-PER\nran O\n\nno O\n"))[0]
    assert [table.where(0), table.where(0, 1), table.where(1, 0)] == [
        "a.conll line 3",
        "a.conll line 4",
        "a.conll line 6",
    ]


def test_a_tsv_whose_first_line_ends_in_a_tag_is_conll(write, columns):
    assert columns(write("a.tsv", "Ana\tB-PER\nran\tO\n\nno\tO\n")) == {
        "tokens": [["Ana", "ran"], ["no"]],
        "tags": [["B-PER", "O"], ["O"]],
    }


def test_a_sentence_that_never_ends(write, message, monkeypatch):
    monkeypatch.setattr("tunecard.data.readers.conll_file.LONGEST", 4)
    assert message(write("a.conll", "a B-X\nb O\n\n" + "a B-X\n" * 9)) == (
        "a.conll line 8: a blank line must end a sentence within 4 lines."
    )


def test_line_ends_of_old_macs_are_no_blanks_of_a_field(write, message):
    assert message(write("a.conll", b"a O\rb B-X\r\rc O\r")) == (
        "a.conll line 1: must end its lines with \\n or \\r\\n. Got \\r alone, as old Macs write it. Save the file again."
    )
