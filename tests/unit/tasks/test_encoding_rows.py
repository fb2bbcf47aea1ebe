"""Rows to token ids and labels, for both tasks: alignment, truncation, pairs, padding."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transformers import PreTrainedTokenizerBase

from tiny_models import CORPUS
from tunecard.encoders import BaseFiles, load_tokenizer
from tunecard.errors import DataError
from tunecard.evidence import Finding
from tunecard.inference.batches import collate
from tunecard.inference.packed_rows import pack_rows, packed_labels
from tunecard.inference.token_cache import encode_split
from tunecard.inference.truncation import refuse_long_rows, truncation_findings
from tunecard.rows.dataset import Dataset, Split
from tunecard.rows.encoded import EncodedSplit
from tunecard.tasks import task_for
from tunecard.tasks.text_classification import TextClassification
from tunecard.tasks.token_classification import TokenClassification

TAGS = ("O", "B-X", "I-X")
IGNORED = -100
Tokenizer = Callable[[str], PreTrainedTokenizerBase]


@pytest.fixture(scope="module")
def tokenizer(tiny_base: Callable[[str], Path]) -> Tokenizer:
    return lambda architecture: load_tokenizer(BaseFiles("anna/tiny", tiny_base(architecture), None, False))


def split_of(inputs: dict[str, list[Any]], labels: list[Any]) -> Split:
    return Split("train", list(range(len(labels))), inputs, labels, {}, "given", {})


def encode_tokens(
    tokenizer: PreTrainedTokenizerBase, words: list[list[str]], tags: list[Any], max_length: int = 32
) -> EncodedSplit:
    return encode_split(TokenClassification(TAGS), tokenizer, split_of({"tokens": words}, tags), max_length)


def test_a_tag_sits_on_the_first_piece_of_its_word(tokenizer: Tokenizer) -> None:
    encoded = encode_tokens(tokenizer("bert"), [["marta", "zebra", "siemens"]], [["B-X", "I-X", "O"]])
    pieces = tokenizer("bert").convert_ids_to_tokens(encoded.input_ids[0])
    assert pieces == ["[CLS]", "marta", "z", "##e", "##b", "##r", "##a", "siemens", "[SEP]"]
    assert encoded.label_ids == [[IGNORED, 1, 2, IGNORED, IGNORED, IGNORED, IGNORED, 0, IGNORED]]
    assert encoded.word_starts == [[1, 2, 7]]
    assert (encoded.is_truncated, encoded.lost_words) == ([False], [0])


@pytest.mark.parametrize("architecture", ["roberta", "xlm-roberta", "bert", "modernbert"])
def test_alignment_agrees_with_the_tokenizers_own_word_ids(tokenizer: Tokenizer, architecture: str) -> None:
    """The stock recipe of the field: a label where word_ids() changes, -100 elsewhere."""
    rows = [text.split() for text in CORPUS]
    tags = [[TAGS[place % 3] for place, _ in enumerate(words)] for words in rows]
    encoded = encode_tokens(tokenizer(architecture), rows, tags, max_length=20)
    stock = tokenizer(architecture)(rows, is_split_into_words=True, truncation=True, max_length=20)
    assert encoded.input_ids == stock["input_ids"]
    for row in range(len(rows)):
        word_ids = stock.word_ids(row)
        expected = [
            IGNORED if word is None or word == before else TAGS.index(tags[row][word])
            for before, word in zip([None, *word_ids], word_ids, strict=False)
        ]
        assert encoded.label_ids is not None
        assert encoded.label_ids[row] == expected


def test_words_that_are_cut_off(tokenizer: Tokenizer) -> None:
    words = ["marta", "zebra", "siemens", "madrid"]  # [CLS] marta z ##e | ##b ##r ##a siemens madrid
    encoded = encode_tokens(tokenizer("bert"), [words, ["marta"]], [["B-X", "I-X", "O", "O"], ["O"]], max_length=5)
    assert [len(ids) for ids in encoded.input_ids] == [5, 3]
    assert encoded.word_starts == [[1, 2, -1, -1], [1]]
    assert (encoded.is_truncated, encoded.lost_words) == ([True, False], [2, 0])
    assert encoded.label_ids == [[IGNORED, 1, 2, IGNORED, IGNORED], [IGNORED, 0, IGNORED]]


def test_a_word_without_tokens_is_not_cut_off(tokenizer: Tokenizer) -> None:
    rows = [["marta", "\u200b", "madrid"], ["marta", "\u200b"]]  # BERT's cleaning drops a zero-width space
    encoded = encode_tokens(tokenizer("bert"), rows, [["B-X", "I-X", "O"], ["O", "O"]])
    assert encoded.word_starts == [[1, -1, 2], [1, -1]]
    assert (encoded.is_truncated, encoded.lost_words) == ([False, False], [0, 0])
    assert encoded.label_ids == [[IGNORED, 1, 0, IGNORED], [IGNORED, 0, IGNORED]]
    cut = encode_tokens(tokenizer("bert"), [["marta", "\u200b", "madrid", "siemens"]], [["O"] * 4], max_length=4)
    assert (cut.word_starts, cut.lost_words) == ([[1, -1, 2, -1]], [1])


def test_roberta_reads_words_as_in_a_sentence(tokenizer: Tokenizer) -> None:
    own = tokenizer("roberta")
    encoded = encode_tokens(own, [["guitar", "guitar"]], [["O", "O"]])
    assert encoded.input_ids[0] == own("guitar guitar").input_ids
    assert all(
        own.convert_ids_to_tokens(encoded.input_ids[0])[start].startswith("Ġ") for start in encoded.word_starts[0]
    )  # type: ignore[index]


def test_unlabelled_rows(tokenizer: Tokenizer) -> None:
    assert encode_tokens(tokenizer("bert"), [["marta"]], [None]).label_ids is None
    text = encode_split(TextClassification(("no", "yes")), tokenizer("bert"), split_of({"text": ["a"]}, [None]), 32)
    assert text.label_ids is None
    assert "labels" not in collate(text, [0], 0)


def test_texts_and_their_labels(tokenizer: Tokenizer) -> None:
    own = tokenizer("bert")
    split = split_of({"text": ["marta joined", "siemens in madrid in march"]}, ["yes", "no"])
    encoded = encode_split(TextClassification(("no", "yes")), own, split, 5)
    assert encoded.input_ids == own(["marta joined", "siemens in madrid"]).input_ids
    assert (encoded.label_ids, encoded.is_truncated, encoded.lost_words) == ([1, 0], [False, True], [0, 0])
    assert encoded.word_starts is None


def test_pairs_carry_segments(tokenizer: Tokenizer) -> None:
    own = tokenizer("bert")
    split = split_of({"text": ["marta joined"], "text_pair": ["a man"]}, ["no"])
    encoded = encode_split(TextClassification(("no", "yes")), own, split, 32)
    assert own.convert_ids_to_tokens(encoded.input_ids[0]) == ["[CLS]", "marta", "joined", "[SEP]", "a", "man", "[SEP]"]
    assert encoded.type_ids == [[0, 0, 0, 0, 1, 1, 1]]
    roberta = encode_split(TextClassification(("no", "yes")), tokenizer("roberta"), split, 32)
    assert roberta.type_ids is None


def test_long_pairs_lose_the_longer_text_first(tokenizer: Tokenizer) -> None:
    own = tokenizer("bert")
    split = split_of({"text": ["marta joined siemens in madrid"], "text_pair": ["a man"]}, ["no"])
    encoded = encode_split(TextClassification(("no", "yes")), own, split, 8)
    assert own.convert_ids_to_tokens(encoded.input_ids[0])[-3:] == ["a", "man", "[SEP]"]
    assert encoded.is_truncated == [True]


def test_collate_pads_each_part_with_its_own_value() -> None:
    split = EncodedSplit(
        input_ids=[[5, 6], [7, 8, 9], [4]], type_ids=[[0, 1], [0, 1, 1], [0]], label_ids=[[-100, 1], [-100, 0, 2], [1]],
        is_truncated=[False] * 3, lost_words=[0] * 3, word_starts=[[1], [1, 2], [0]],
    )  # fmt: skip
    batch = collate(split, [2, 1], pad_token_id=1)
    assert {name: tensor.tolist() for name, tensor in batch.items()} == {
        "input_ids": [[4, 1, 1], [7, 8, 9]],
        "attention_mask": [[1, 0, 0], [1, 1, 1]],
        "token_type_ids": [[0, 0, 0], [0, 1, 1]],
        "labels": [[1, -100, -100], [-100, 0, 2]],
    }
    assert all(tensor.dtype == torch.long for tensor in batch.values())
    picked = split.pick([2, 0])
    assert picked.input_ids == [[4], [5, 6]]
    assert (picked.label_ids, picked.type_ids) == ([[1], [-100, 1]], [[0], [0, 1]])
    assert (len(split.take(2)), len(split.take(9)), split.lengths) == (2, 3, [2, 3, 1])


def test_what_was_cut_is_told(tokenizer: Tokenizer) -> None:
    words = [["marta", "joined", "siemens"], ["marta"]]
    encoded = encode_tokens(tokenizer("bert"), words, [["O"] * 3, ["O"]], max_length=4)
    rows, lost = truncation_findings({"test": encoded}, 4)
    assert (rows.id, rows.value, rows.n) == ("data.test.truncated_rows", 1, 2)
    assert (lost.id, lost.value, lost.n) == ("data.test.truncated_words", 1, 4)
    text = encode_split(TextClassification(("no", "yes")), tokenizer("bert"), split_of({"text": ["marta"]}, ["no"]), 4)
    found: list[Finding] = truncation_findings({"test": text}, 4)
    assert [finding.id for finding in found] == ["data.test.truncated_rows"]


def test_long_rows_are_refused_on_request(tokenizer: Tokenizer) -> None:
    words = [["marta"], ["marta", "joined", "siemens"], ["a", "man", "in", "madrid"]]
    encoded = encode_tokens(tokenizer("bert"), words, [["O"] * len(row) for row in words], max_length=4)
    with pytest.raises(DataError) as caught:
        refuse_long_rows({"train": encoded}, {"train": [10, 41, 52]}, 4)
    advice = "Shorten it, raise data.max_length, or set data.on_long: truncate."
    assert str(caught.value) == (
        f"2 problems in data\n  train row 42 is longer than 4 tokens. {advice}\n"
        f"  train row 53 is longer than 4 tokens. {advice}"
    )
    refuse_long_rows({"train": encode_tokens(tokenizer("bert"), words, [None] * 3)}, {"train": [0, 1, 2]}, 32)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=12), max_length=st.integers(3, 20))
def test_every_word_has_its_tag_or_is_told(tokenizer: Tokenizer, words: list[str], max_length: int) -> None:
    """Whatever the words: labels sit on word starts only, in order, and nothing vanishes uncounted."""
    tags = [TAGS[1 + place % 2] for place, _ in enumerate(words)]
    encoded = encode_tokens(tokenizer("roberta"), [words], [tags], max_length)
    assert encoded.word_starts is not None
    assert encoded.label_ids is not None
    starts = encoded.word_starts[0]
    kept = [start for start in starts if start >= 0]
    assert len(encoded.input_ids[0]) <= max_length
    assert kept == sorted(set(kept))
    asked = {place: label for place, label in enumerate(encoded.label_ids[0]) if label != IGNORED}
    assert asked == {start: TAGS.index(tag) for start, tag in zip(starts, tags, strict=True) if start >= 0}
    if not encoded.is_truncated[0]:
        assert encoded.lost_words == [0]


def test_the_kind_of_the_data_decides_the_task() -> None:
    dataset = Dataset("d", "token-classification", TAGS, {}, {}, None, {})
    assert task_for(dataset) == TokenClassification(TAGS)
    text = Dataset("d", "text-classification", ("no", "yes"), {}, {}, None, {})
    assert task_for(text) == TextClassification(("no", "yes"))


def test_labels_of_a_row_stand_beside_each_other_however_long_it_is() -> None:
    labels = [[0, 1, 1], [0, 0, 0]]
    split = EncodedSplit([[5, 6], [7, 8, 9]], None, labels, [False] * 2, lost_words=[0, 0])
    assert collate(split, [1, 0], pad_token_id=1)["labels"].tolist() == [[0, 0, 0], [0, 1, 1]]
    assert packed_labels(split, pack_rows(split, [0, 1], pad_token_id=1)).tolist() == [[0, 0, 0], [0, 1, 1]]
    assert split.decisions(0) == [(0, [0, 1, 1])]
