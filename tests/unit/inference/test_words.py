"""Words of raw text: exact offsets for every kind of pre-tokenizer."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from tunecard.inference.raw_text.words import word_spans

SPLITTERS = {
    "bert": (normalizers.BertNormalizer(lowercase=True), pre_tokenizers.BertPreTokenizer()),
    "byte-level": (None, pre_tokenizers.ByteLevel(add_prefix_space=True)),
    "sentencepiece": (normalizers.NFKC(), pre_tokenizers.Metaspace()),
    "none": (None, None),
}


def tokenizer_of(kind: str) -> PreTrainedTokenizerFast:
    backend = Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    normalizer, splitter = SPLITTERS[kind]
    if normalizer:
        backend.normalizer = normalizer
    if splitter:
        backend.pre_tokenizer = splitter
    return PreTrainedTokenizerFast(tokenizer_object=backend)


def words(kind: str, text: str) -> list[str]:
    return [text[start:end] for start, end in word_spans(tokenizer_of(kind), text)]


@pytest.mark.parametrize("kind", SPLITTERS)
def test_punctuation_is_apart_and_white_space_belongs_to_no_word(kind: str) -> None:
    assert words(kind, " Anna  (Berlin)\n\nagain.\t") == ["Anna", "(", "Berlin", ")", "again", "."]


@pytest.mark.parametrize("kind", SPLITTERS)
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the IL-2 and NF-kappa B genes", ["the", "IL-2", "and", "NF-kappa", "B", "genes"]),
        ("well\u2011known CD28, p65.", ["well\u2011known", "CD28", ",", "p65", "."]),
        ("3.5 or 1,000 in the U.S.", ["3.5", "or", "1,000", "in", "the", "U.S", "."]),
        ("Dr.Smith,Berlin", ["Dr", ".", "Smith", ",", "Berlin"]),
        ("O'Neill of l\u2019Or\u00e9al", ["O'Neill", "of", "l\u2019Or\u00e9al"]),
        ("CD11b/CD18 - a-", ["CD11b/CD18", "-", "a", "-"]),
    ],
)
def test_words_are_those_of_annotated_corpora(kind: str, text: str, expected: list[str]) -> None:
    assert words(kind, text) == expected


def test_a_genitive_is_no_part_of_the_name() -> None:
    assert words("bert", "Berlin's wall") == ["Berlin", "'", "s", "wall"]
    assert words("byte-level", "Berlin's wall") == ["Berlin", "'s", "wall"]
    assert words("sentencepiece", "Berlin's wall") == ["Berlin", "'", "s", "wall"]


def test_chinese_characters_stand_alone_where_the_base_reads_them_so() -> None:
    assert words("bert", "in 東京.") == ["in", "東", "京", "."]
    assert words("byte-level", "in 東京.") == ["in", "東京", "."]


def test_a_combining_mark_stays_with_its_letter() -> None:
    text = "Cafe\u0301 a"  # e and a combining acute: byte-level splits behind the e
    assert words("byte-level", text) == ["Cafe\u0301", "a"]


@pytest.mark.parametrize("kind", SPLITTERS)
@settings(max_examples=60, deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_spans_are_ordered_disjoint_and_hold_no_white_space(kind: str, text: str) -> None:
    spans = word_spans(tokenizer_of(kind), text)
    edges = [edge for span in spans for edge in span]
    assert edges == sorted(edges)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert not any(character.isspace() for start, end in spans for character in text[start:end])
    covered = {i for start, end in spans for i in range(start, end)}
    letters = {i for i, character in enumerate(text) if unicodedata.category(character)[0] in "LN"}
    assert letters <= covered
