"""Tables with a word a row become sentences; tables that only look like it do not."""

from __future__ import annotations

import pytest

from tunecard.data.readers.tables import read_records


def test_a_number_at_the_first_word_of_a_sentence(write):
    read, records = read_records(
        write("a.csv", "Sentence #,Word,POS,Tag\nSentence: 1,Ana,NNP,B-per\n,ran,VBD,O\nSentence: 2,No,UH,O\n,!,.,O\n")
    )
    assert read.columns == {
        "Sentence #": ["Sentence: 1", "Sentence: 2"],
        "tokens": [["Ana", "ran"], ["No", "!"]],
        "POS": [["NNP", "VBD"], ["UH", "."]],
        "tags": [["B-per", "O"], ["O", "O"]],
    }
    assert [read.where(0, 1), read.where(1, 0)] == ["a.csv line 3", "a.csv line 4"]
    assert list(records.notes) == [
        "a word a row: rows with one 'Sentence #' are read as a sentence, 'Word' as its words, 'Tag' as their tags"
    ]


@pytest.mark.parametrize("name", ["sentence_id", "Sentence", "sent_id"])
def test_a_number_in_each_row(write, columns, name):
    read = columns(write("a.tsv", f"{name}\ttoken\tlabel\n1\tAna\tB-per\n1\tran\tO\n2\tNo\tO\n2\t!\tO\n"))
    assert (read["tokens"], read["tags"]) == ([["Ana", "ran"], ["No", "!"]], [["B-per", "O"], ["O", "O"]])
    assert read[name] == ["1", "2"]


def test_words_alone(write, columns):
    assert columns(write("a.csv", "sentence_id,word\n1,Ana\n1,ran\n2,No\n"))["tokens"] == [["Ana", "ran"], ["No"]]


@pytest.mark.parametrize(
    "content",
    [
        "sentence,word,label\nthe bank of the river,bank,1\nthe bank has money,bank,2\n",  # a text, and a word in it
        "sentence_id,tokens,label\n1,Ana ran,x\n1,No one,y\n",  # texts
        "sentence_id,token,label\n1,Ana,x\n2,ran,y\n",  # a word is all of each row
    ],
)
def test_rows_that_are_no_words(write, columns, content):
    assert set(columns(write("a.csv", content))) == set(content.split("\n")[0].split(","))


def test_words_of_which_nothing_says_what_is_a_sentence(write, message):
    assert message(write("a.csv", "word,tag\n" + "Ana,B-per\nran,O\n" * 5)) == (
        "a.csv: a row holds a word ('word') and its tag ('tag'), and no column says which rows are a sentence. Add one "
        "with its number, such as sentence_id."
    )


def test_of_several_usual_names_the_column_of_tags_is_the_one_that_holds_tags(write, columns):
    rows = "1,John,NNP,B-PER\n1,runs,VBZ,O\n2,He,PRP,O\n2,ran,VBD,O\n"
    read = columns(write("a.csv", "sentence_id,word,tag,ner\n" + rows))
    assert (read["tags"], read["tag"]) == ([["B-PER", "O"], ["O", "O"]], [["NNP", "VBZ"], ["PRP", "VBD"]])


def test_two_columns_never_become_one(write, columns):
    read = columns(write("a.csv", "sentence_id,word,tag,tags\n1,John,B-PER,x\n1,runs,O,y\n2,He,O,x\n2,ran,O,z\n"))
    assert (read["tags"], read["column tags"]) == ([["B-PER", "O"], ["O", "O"]], [["x", "y"], ["x", "z"]])


def test_a_number_counts_within_its_document(write, columns):
    rows = "a,1,John,B-PER\na,1,runs,O\nb,1,He,O\nb,1,ran,O\nb,2,So,O\n"
    assert columns(write("a.csv", "doc_id,sentence_id,word,ner\n" + rows))["tokens"] == [
        ["John", "runs"], ["He", "ran"], ["So"],
    ]  # fmt: skip


def test_a_sentence_whose_rows_lie_apart_is_a_fault(write, message):
    rows = "1,John,B-PER\n1,runs,O\n2,He,O\n1,ran,O\n"
    assert message(write("a.csv", "sentence_id,word,ner\n" + rows)) == (
        "a.csv line 5: must stand beside the other rows of its sentence ('sentence_id' is '1' above, too). Sort the "
        "rows, or give each sentence a number of its own."
    )
