"""Tags of words: IOB2 is kept, other schemes are converted where they are consistent, the rest is named."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities
from seqeval.scheme import BILOU, IOB1, IOB2, IOBES, Entities

from tunecard.tasks.tags import invalid_positions, scheme_of, tag_order, to_iob2

QUICK = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def rows(*tags):
    return [{"tokens": [f"w{i}" for i in range(len(several))], "tags": several} for several in tags]


def put_all(write, train, validation=None, test=None):
    write("train.jsonl", rows(*train))
    write("validation.jsonl", rows(*(validation or [["O"]])))
    write("test.jsonl", rows(*(test or [["O"]])))


def test_order_is_o_then_types_in_alphabet(write, load):
    put_all(write, [["B-x", "I-x", "O", "B-b"]], test=[["B-b", "I-b"]])
    data = load()
    assert data.kind == "token-classification"
    assert data.labels == ("O", "B-b", "I-b", "B-x", "I-x")
    assert data.splits["train"].labels == [["B-x", "I-x", "O", "B-b"]]


def test_declared_order_is_kept_and_ids_are_named(write, load):
    names = ["O", "B-x", "I-x", "B-a", "I-a"]
    write("metadata.json", {"columns": {"ner_tags": {"kind": "list", "of": {"kind": "class", "names": names}}}})
    for split in ("train", "validation", "test"):
        write(f"{split}.jsonl", [{"tokens": ["u", "v", "w"], "ner_tags": [3, 4, 0]}])
    data = load()
    assert data.labels == tuple(names)
    assert data.splits["test"].labels == [["B-a", "I-a", "O"]]


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        (["PER", "ORG"], ["O", "B-PER", "I-PER", "B-ORG", "I-ORG"]),
        (["I-X", "O", "B-X"], ["I-X", "O", "B-X"]),
        (["O", "B-X", "I-X", "E-X", "S-X"], ["O", "B-X", "I-X"]),
    ],
)
def test_declared_tags(declared, expected):
    assert tag_order([], declared) == expected


def test_declared_without_an_o(write, fault):
    put_all(write, [["B-x"]])
    assert "the declared labels must be O and B- or I- tags, or entity types alone. Got B-x, I-x." in fault(
        labels=["B-x", "I-x"]
    )


def test_integers_without_names(write, fault):
    put_all(write, [[0, 1], [2, 0], [0, 0]], test=[[6, 0]])
    assert fault() == (
        "train.jsonl and validation.jsonl and test.jsonl: 8 tags in 4 sentences are bare numbers from 0 to 6, and nothing "
        "says which tag each stands for. Name the tags of 0 to 6 in the order of their ids: `tunecard init DATA --labels "
        "O,B-PER,I-PER,...`, or in a recipe `data.labels: [O, B-PER, I-PER, ...]`."
    )


def test_unequal_tokens_and_tags(write, fault):
    write("train.jsonl", [{"tokens": ["a"], "tags": ["B-x"]}, {"tokens": ["a", "b", "c"], "tags": ["O", "O"]}])
    assert fault() == "train.jsonl row 2: must have as many tags as tokens. Got 3 tokens and 2 tags."


def test_no_tokens_and_tokens_that_are_no_text(write, fault):
    write(
        "train.jsonl",
        [
            {"tokens": ["a"], "tags": ["B-x"]},
            {"tokens": [], "tags": []},
            {"tokens": ["a", 5, None], "tags": ["O", "O", "O"]},
            {"tokens": ["\ud83d"], "tags": ["O"]},
        ],
    )
    assert fault() == (
        "3 problems\n"
        "  train.jsonl row 2: has no tokens. Write some or remove the row.\n"
        "  train.jsonl row 3, words 2 and 3: a token must be text. Got 5, nothing (null).\n"
        "  train.jsonl row 4, word 1: a token must be readable. Got '\\ud83d'."
    )


def test_an_invalid_sequence_names_every_place(write, fault):
    put_all(write, [["B-x", "I-x"], ["O", "I-x"], ["I-y", "B-x", "I-y"]])
    assert fault() == (
        "train.jsonl row 2, word 2; row 3, word 1; row 3, word 3: in IOB2 an entity begins with B- and goes on with I- of "
        "its type. Got 'I-x' after 'O', 'I-y' at the beginning, 'I-y' after 'B-x'. "
        "Write B- there or mend the tag before."
    )


def test_a_thousand_wrong_tags_are_one_sentence(write, fault):
    put_all(write, [["B-x", "B_x", "O"]] * 1000, test=[["B/x", "O"]])
    assert fault() == (
        "train.jsonl row 1, word 2; row 2, word 2; row 3, word 2 and 998 more (1,001 in all): "
        "a tag must be O, or B- or I- with a type. Got 'B_x', 'B/x'."
    )


def test_in_a_conll_file_the_line_is_named(write, fault):
    write("train.conll", "Ana B-PER\nMo I-PER\n\nin O\nRio I-LOC\n")
    assert fault().startswith("train.conll line 5: in IOB2 an entity begins with B-")


def test_an_unknown_form_of_tag(write, fault):
    put_all(write, [["B-x", "B_x", "u"]])
    assert fault() == "train.jsonl row 1, words 2 and 3: a tag must be O, or B- or I- with a type. Got 'B_x', 'u'."


def test_a_type_that_train_does_not_have(write, fault):
    put_all(write, [["B-protein", "O"]], test=[["O", "B-protien"]])
    assert fault().startswith(
        "test.jsonl row 1, word 2: label 'B-protien' is not one of 3 labels. Did you mean 'B-protein'? "
        "Train has no such row: add some, name all labels"
    )


def test_no_entity_in_train(write, fault):
    put_all(write, [["O", "O"]])
    assert fault() == "train.jsonl: train must hold entities. Got no tag but O in 1 rows."


def test_a_row_is_labelled_in_every_word_or_in_none(write, load, fault):
    put_all(write, [["B-x", "O"]], test=[[-1, -1]])
    assert load().splits["test"].labels == [None]
    put_all(write, [["B-x", "O"]], test=[["O", None]])
    assert fault() == (
        "test.jsonl row 1, word 2: a tag must be text. Got nothing (null): a row is labelled in every word or in none."
    )


def test_types_alone_are_runs_of_one_type(write, load):
    put_all(write, [["PER", "PER", "O", "cell-type", "ORG"], ["O", "ORG"]], test=[["O", "PER"]])
    data = load()
    assert data.splits["train"].labels == [["B-PER", "I-PER", "O", "B-cell-type", "B-ORG"], ["O", "B-ORG"]]
    assert data.splits["test"].labels == [["O", "B-PER"]]
    assert data.notes[0].startswith("tags without B- or I- are read as types")


@pytest.mark.parametrize(
    "tags", [["B-cell|B-protein", "O"], ["B-cell,O", "O"], [["B-cell", "B-protein"], ["O"]], ["O", "I-a;I-b"]]
)
def test_several_tags_a_word_are_refused_with_the_row_and_what_to_do(write, fault, tags):
    put_all(write, [tags])
    assert "train.jsonl row 1, word" in fault()
    assert "entities which lie in one another cannot be told" in fault()
    assert "Keep one tag a word" in fault()


@pytest.mark.parametrize("tags", [["B_PER", "O"], ["PER-B", "O"], ["PER", "B-ORG", "O"]])
def test_other_tags_without_a_prefix_are_faults(write, fault, tags):
    put_all(write, [tags])
    assert "a tag must be O, or B- or I- with a type. Got" in fault()


class TestSchemes:
    def test_iob1_is_converted_and_the_origin_says_so(self, write, load):
        put_all(write, [["I-x", "I-x", "B-x", "O", "I-y"]], test=[["I-y", "O"]])
        data = load()
        assert data.splits["train"].labels == [["B-x", "I-x", "B-x", "O", "B-y"]]
        assert data.splits["train"].origin == "given; tags converted from IOB1 to IOB2"

    def test_bioes_and_bilou_are_converted(self, write, load):
        put_all(write, [["S-x", "B-y", "I-y", "E-y"]], test=[["O", "U-x", "B-y", "L-y"]])
        data = load()
        assert data.splits["train"].labels == [["B-x", "B-y", "I-y", "I-y"]]
        assert data.splits["test"].labels == [["O", "B-x", "B-y", "I-y"]]
        assert data.labels == ("O", "B-x", "I-x", "B-y", "I-y")

    def test_inconsistent_bioes_is_a_fault(self, write, fault):
        put_all(write, [["S-x", "B-y", "O"]])
        assert fault() == (
            "train.jsonl row 1, word 1: the tag 'S-x' is of BIOES and the rest is not consistent BIOES. "
            "Mend the tags of the sentence."
        )

    def test_bioes_that_leaves_an_entity_open_is_a_fault(self, write, fault):
        put_all(write, [["S-x", "O", "B-y"]])
        assert fault().startswith("train.jsonl row 1, word 1: the tag 'S-x' is of BIOES")

    def test_one_iob1_row_in_another_split_is_a_fault(self, write, fault):
        put_all(write, [["B-x", "I-x"]], test=[["O", "I-x"]])
        assert fault().startswith("test.jsonl row 1, word 2: in IOB2 an entity begins with B-")

    @QUICK
    @given(st.lists(st.lists(st.sampled_from(["O", "B-a", "I-a", "B-b", "I-b"]), min_size=1), min_size=1))
    def test_iob2_is_what_seqeval_calls_iob2(self, sentences):
        def is_strict(tags):
            # seqeval's strict IOB2 drops an I- that begins nothing: then a word with a tag is in no entity.
            found = Entities([tags], IOB2).entities[0]
            return sum(entity.end - entity.start for entity in found) == sum(tag != "O" for tag in tags)

        assert [not invalid_positions(tags) for tags in sentences] == [is_strict(tags) for tags in sentences]

    @QUICK
    @given(st.lists(st.sampled_from(["O", "B-a", "I-a", "B-b", "I-b"]), min_size=1))
    def test_iob1_keeps_the_entities_that_seqeval_finds(self, tags):
        if scheme_of([tags]) != "IOB1":
            return
        before = [(e.tag, e.start, e.end) for e in Entities([tags], IOB1).entities[0]]
        assert [(kind, start, end + 1) for kind, start, end in get_entities(to_iob2(tags, "IOB1"))] == before

    @QUICK
    @pytest.mark.parametrize("letters", ["BILU", "BMES"])
    @given(st.lists(st.sampled_from(["O", "0-a", "1-a", "2-a", "3-a", "3-b", "0-b", "2-b"]), min_size=1))
    def test_other_letters_of_bioes_keep_the_entities_too(self, letters, tags):
        spelt = [tag if tag == "O" else letters[int(tag[0])] + tag[1:] for tag in tags]
        usual = [tag if tag == "O" else "BILU"[int(tag[0])] + tag[1:] for tag in tags]
        if scheme_of([spelt]) != "BIOES":
            return
        before = [(e.tag, e.start, e.end) for e in Entities([usual], BILOU).entities[0]]
        assert [(kind, start, end + 1) for kind, start, end in get_entities(to_iob2(spelt, "BIOES"))] == before

    @QUICK
    @given(st.lists(st.sampled_from(["O", "B-a", "I-a", "E-a", "S-a", "S-b", "B-b", "E-b"]), min_size=1))
    def test_bioes_keeps_the_entities_that_seqeval_finds(self, tags):
        if scheme_of([tags]) != "BIOES":
            return
        before = [(e.tag, e.start, e.end) for e in Entities([tags], IOBES).entities[0]]
        assert [(kind, start, end + 1) for kind, start, end in get_entities(to_iob2(tags, "BIOES"))] == before
