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
