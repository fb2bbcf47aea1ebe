"""Tags in a form of their own: a sentence a line, NER= in CoNLL-U, and words with their language before them."""

from __future__ import annotations

from tunecard.data.readers.tables import read_records

LINES = "Ana|NN|B-PER Li|NN|I-PER ran|VB|O\nno|UH|O one|PN|O\n"
WORDS = "1\tAna\tana\tX\tNER=B-PER|SpaceAfter=No\n2\tran\trun\tX\tSpaceAfter=Yes|ner=O\n3\t.\t.\tX\t_\n\n"


def test_a_sentence_a_line(write, message):
    for name in ("a.iob", "a.txt"):
        read, records = read_records(write(name, LINES * 10))
        assert read.columns["tokens"][:2] == [["Ana", "Li", "ran"], ["no", "one"]]
        assert read.columns["tags"][:2] == [["B-PER", "I-PER", "O"], ["O", "O"]]
        assert read.where(3) == f"{name} line 4"
        assert "read as a sentence a line, each word with its tag after |" in records.notes
    assert message(write("b.iob", LINES * 10 + "Bo|O ran|VB|O\n")) == (
        "b.iob line 21: must hold 3 columns as the other lines. Got 2."
    )


def test_tags_in_the_last_column_of_conllu(write):
    read, records = read_records(write("a.conllu", "# text = Ana ran .\n" + WORDS * 10))
    assert read.columns["tokens"][0] == ["Ana", "ran", "."] and read.columns["tags"][0] == ["B-PER", "O", "O"]
    assert "column 5: its tags are those of NER=, O where it has none" in records.notes


def test_real_tags_come_before_what_says_ner(write):
    read, _ = read_records(write("a.conll", "Ana\tNER=x\tB-PER\nran\t_\tO\n\n" * 10))
    assert read.columns["tags"][0] == ["B-PER", "O"] and read.columns["column 2"][0] == ["NER=x", "_"]


def test_a_language_before_every_word_is_left_out(write):
    content = "en:Ana\tB-PER\nen:ran\tO\n\n" * 10
    read, records = read_records(write("train", content))
    assert read.columns == {"tokens": [["Ana", "ran"]] * 10, "tags": [["B-PER", "O"]] * 10}
    assert records.notes == {"'en:' before every word is left out": 0}


def test_what_not_every_word_has_is_kept(write):
    filler = "en:Ana\tB-PER\nen:ran\tO\n\n" * 3_000  # beyond what is looked at first
    for last in ("Bo\tB-PER\n", "de:Bo\tB-PER\n"):
        read, records = read_records(write("train", filler + last))
        assert read.columns["tokens"][0] == ["en:Ana", "en:ran"] and not records.notes
