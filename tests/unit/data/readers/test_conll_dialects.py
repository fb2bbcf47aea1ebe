"""CoNLL as people have it: what counts is never read as words, and what is doubtful is told or asked."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from tunecard.data.readers.formats import open_rows
from tunecard.data.readers.options import ReadingOptions
from tunecard.data.readers.tables import read_file, read_records
from tunecard.errors import DataError

WORDS = [
    ["Ana", "Ruiz", "ran", "home"],
    ["No", "1", "knows", "Bo"],
    ["#", "is", "a", "mark"],
    ["Oslo", "won", "7", "times"],
]
TAGS = [["B-per", "I-per", "O", "O"], ["O", "O", "O", "B-per"], ["O", "O", "O", "O"], ["B-loc", "O", "O", "O"]]


def conll(line, head="", before="", blank="\n", after="\n"):
    """Two hundred sentences, each line as `line(place, word, tag)` gives it, `before` each."""
    return head + "".join(
        before
        + "".join(line(i, word, tag) + after for i, (word, tag) in enumerate(zip(words, tags, strict=True), 1))
        + blank
        for words, tags in list(zip(WORDS, TAGS, strict=True)) * 50
    )


def read(path, **columns):
    table, records = read_records(path, ReadingOptions(columns=columns))
    return table.columns, records.notes


@pytest.mark.parametrize("name", ["a.conll", "a.tsv", "a.txt"])
@pytest.mark.parametrize(
    ("content", "notes"),
    [
        (conll(lambda i, w, t: f"{w}\t{t}"), {}),
        (conll(lambda i, w, t: f"{w}\t{t}", head="-DOCSTART-\tO\n\n"), {}),
        (conll(lambda i, w, t: f"{w}\t{t} ", blank=" \r\n", after="\r\n"), {}),
        (conll(lambda i, w, t: w + "\t" * (3 - len(w) // 3) + t), {}),
        (conll(lambda i, w, t: f"{w}\t{t}", head="Token\tLabel\n"), {"the first line names the columns and is skipped": 0}),
        (conll(lambda i, w, t: f"{w}\t{t}", head="Mot\tEtiquette\n\n"), {"the first line names the columns and is skipped": 0}),
        (conll(lambda i, w, t: f"{i}\t{w}\t{t}"), {"column 1 counts the words": 0}),
        (conll(lambda i, w, t: f"{i - 1}\t{w}\t_\t{t}"), {"column 1 counts the words": 0}),
        (
            conll(lambda i, w, t: f"{i}\t{w}\t{t}", before="# http://example.org/a b\n#\tc [1]\n"),
            {"column 1 counts the words": 0, "comment lines skipped": 400},
        ),
        (conll(lambda i, w, t: f"{w}\t_\t_\t{t}", before="# id 7f3a\tdomain=en\n"), {"comment lines skipped": 200}),
        (conll(lambda i, w, t: f"{w}\tNN\t{t}", before="# sent_id = 4\n# text = O O\n"), {"comment lines skipped": 400}),
    ],
)  # fmt: skip
def test_a_dialect_with_tabs(write, name, content, notes):
    columns, noted = read(write(name, content))
    assert (columns["tokens"], columns["tags"]) == (WORDS * 50, TAGS * 50)
    assert noted == notes


@pytest.mark.parametrize("name", ["a.conll", "a.txt", "a.bio"])
@pytest.mark.parametrize(
    "content",
    [
        conll(lambda i, w, t: f"{w} {t}"),
        conll(lambda i, w, t: f"{w}   {t} ", blank="  \r\n", after="\r\n"),
        conll(lambda i, w, t: f"{w} _ _ {t}", before="# id 7f3a\tdomain=en\n"),
        conll(lambda i, w, t: f"{i} {w} {t}"),
        conll(lambda i, w, t: f"{w}  {t}", head="Word Tag\n\n"),
    ],
)
def test_a_dialect_with_blanks(write, name, content):
    columns, _ = read(write(name, content))
    assert (columns["tokens"], columns["tags"]) == (WORDS * 50, TAGS * 50)


def test_phrases_are_no_entities_unless_asked_for(write):
    path = write("a.conll", conll(lambda i, w, t: f"{w} NN B-NP {t}"))
    columns, notes = read(path)
    assert columns["tags"] == TAGS * 50
    assert notes == {"column 4 is read as the tags; `data.columns.tags: column 3` would read other tags": 0}
    assert columns["column 3"][0] == ["B-NP"] * 4
    assert read(path, tags="column 3")[0]["tags"][0] == ["B-NP"] * 4


def test_of_several_tags_the_outer_is_read_and_the_inner_is_offered(write):
    path = write("a.tsv", conll(lambda i, w, t: f"{i}\t{w}\t{t}\t{'B-x' if i == 1 else 'O'}"))
    columns, notes = read(path)
    assert columns["tags"] == TAGS * 50
    assert "column 3 is read as the tags; `data.columns.tags: column 4` would read other tags" in notes
    assert columns["column 4"][0] == ["B-x", "O", "O", "O"]
    inner, notes = read(path, tags="column 4", tokens="column 2")
    assert inner["tags"][0] == ["B-x", "O", "O", "O"] and inner["tokens"] == WORDS * 50
    assert notes == {"column 1 counts the words": 0}


def test_the_whole_path_takes_another_column(write, load):
    number = iter(range(10_000))
    write("train.tsv", conll(lambda i, w, t: f"{i}\t{w}{next(number)}\t{t}\t{'B-x' if i == 1 else 'O'}"))
    data = load("train.tsv", columns={"tags": "column 4"})
    assert data.labels == ("O", "B-x", "I-x")
    assert "B-per" in load("train.tsv").labels


def test_a_column_with_one_value_a_sentence_can_be_a_group(write, load):
    number, other = iter(range(10_000)), iter(range(10_000))
    write("train.tsv", conll(lambda i, w, t: f"doc{next(number) // 16}\t{w}{next(other)}\t{t}"))
    data = load("train.tsv", cluster="column 1", factors=["column 1"])
    assert data.splits["train"].inputs["tokens"][0][0] == "Ana0"
    assert len(set(data.splits["train"].clusters)) > 10


def test_conllu(write, message):
    rows = conll(
        lambda i, w, t: f"{i}\t{w}\t_\tNOUN\t_\t_\t0\troot\t_\t{t}", before="# text = x\n1-2\tcannot" + "\t_" * 8 + "\n"
    )
    columns, notes = read(write("a.conllu", rows))
    assert (columns["tokens"], columns["tags"]) == (WORDS * 50, TAGS * 50)
    assert notes["words written as one, or not written (CoNLL-U), skipped"] == 200
    plain = conll(lambda i, w, t: f"{i}\t{w}\t_\tNOUN\t_\t_\t0\troot\t_\tSpaceAfter=No")
    said = message(write("b.conllu", plain))
    assert said.startswith(
        "b.conllu: no column holds tags such as O and B-PER: column 1 has '1', '2', '3'; column 2 has 'Ana'"
    )
    assert said.endswith(
        "Say which holds the labels: set `data.columns.tags` to column 1, column 2... (--column 'tags=column 2')."
    )
    with ExitStack() as stack:  # to predict words are enough
        records = open_rows(write("b.conllu", plain), stack)
        assert [row.values["tokens"] for row in records.rows] == WORDS * 50


def test_only_numbers(write, message):
    rows = conll(lambda i, w, t: f"{i * 7}\t{i * i}\t{t}")
    assert message(write("a.conll", rows)).startswith(
        "a.conll: which column holds the words cannot be told: column 1 has"
    )
    assert read(write("a.conll", rows), tokens="column 2")[0]["tokens"][0] == ["1", "4", "9", "16"]


def test_plain_text_is_no_conll(write, message):
    texts = "".join(f"a line of {'very ' * (i % 4)}plain text number {i}.\n" for i in range(50))
    assert message(write("notes.txt", texts)) == (
        "notes.txt: is unlabelled text, a sentence a line, and no words with their tags (CoNLL). To learn from it, write "
        "a csv with the columns text and label, or a folder a class with a text a file; `tunecard predict` reads .txt "
        "line by line."
    )
    with ExitStack() as stack:
        assert [row.values["text"] for row in open_rows(write("notes.txt", texts), stack).rows] == texts.splitlines()


def test_words_with_tags_in_a_txt_to_predict(write):
    path = write("a.txt", conll(lambda i, w, t: f"{w} {t}"))
    with ExitStack() as stack:
        records = open_rows(path, stack)
        assert not records.are_lines
        assert [row.values["tokens"] for row in records.rows] == WORDS * 50
        assert records.notes == {"read as words with their tags (CoNLL), and not line by line": 0}


def test_a_line_of_another_width_is_named(write, message):
    said = message(write("a.conll", conll(lambda i, w, t: f"{w} {t}") + "New York B-loc\nran\n\n"))
    assert said.splitlines() == [
        "2 problems",
        "  a.conll line 1001: must hold 2 columns as the other lines. Got 3.",
        "  a.conll line 1002: must hold a token and its tag, parted by a tab or a space. Got 'ran' only.",
    ]


def test_a_wrong_tag_among_many_is_left_to_the_check_of_tags(write):
    path = write("a.conll", conll(lambda i, w, t: f"{w} {t}") + "Ana PERSON\n\n")
    assert read_file(path)[0].columns["tags"][-1] == ["PERSON"]


def test_a_table_of_texts_is_no_conll(write, columns):
    path = write("a.tsv", "text\tlabel\n" + "one two\tO\n" * 20)
    assert set(columns(path)) == {"text", "label"}
    words = write("b.tsv", "sentence_id\tword\ttag\n" + "1\tAna\tB-per\n1\tran\tO\n2\tNo\tO\n2\t!\tO\n")
    assert columns(words)["tokens"] == [["Ana", "ran"], ["No", "!"]]


def test_a_file_that_tells_nothing(write):
    with pytest.raises(DataError, match="has no rows"):
        read_file(write("a.conll", "\n \n"))
