"""Vectors of the frozen base beside transformers' own padded forward of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModel, BertModel, RobertaModel

from tiny_models import ARCHITECTURES
from tunecard.encoders import Encoder, is_packed, load_encoder, locate_base
from tunecard.inference import predict_logits, take_fast_path
from tunecard.inference.frozen_vectors import read_text_vectors, read_word_vectors, vectors_apart
from tunecard.rows.encoded import EncodedSplit
from tunecard.tasks import Task, task_named

TEXTS = ["tokyo and berlin", "I would like to know when my card arrives", "a", "music in the street"]
WORDS = [text.split() for text in TEXTS]


def loaded(folder: Path, name: str) -> tuple[Task, Encoder]:
    task = task_named(name, ("O", "B-place"))
    return task, load_encoder(locate_base(str(folder), Path()), task.auto_class, task.labels, task.problem_type, 0)


def padded(folder: Path, encoded: EncodedSplit, pad: int, kind=AutoModel):
    """The stock base on rows filled up to the longest."""
    longest = max(encoded.lengths)
    ids = torch.tensor([row + [pad] * (longest - len(row)) for row in encoded.input_ids])
    mask = torch.tensor([[1] * length + [0] * (longest - length) for length in encoded.lengths])
    with torch.no_grad():
        return kind.from_pretrained(folder).eval()(input_ids=ids, attention_mask=mask), mask


@pytest.mark.parametrize("packs", [True, False], ids=["packed", "padded"])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_texts_are_those_of_the_stock_base(architecture: str, packs: bool, tiny_base: Callable[[str], Path]) -> None:
    folder = tiny_base(architecture)
    task, encoder = loaded(folder, "text-classification")
    if packs:
        take_fast_path(encoder.model.requires_grad_(False))
    assert is_packed(encoder.model) is packs
    encoded, pad = task.encode(encoder.tokenizer, {"text": TEXTS}, None, 32), int(encoder.tokenizer.pad_token_id)
    found = read_text_vectors(encoder.model, encoded, pad)
    kind = {"roberta": RobertaModel, "bert": BertModel}.get(architecture, AutoModel)
    output, mask = padded(folder, encoded, pad, kind)
    hidden, weights = output.last_hidden_state.numpy(), mask[..., None].numpy()
    np.testing.assert_allclose(found.views["mean"], (hidden * weights).sum(1) / weights.sum(1), atol=1e-5)
    np.testing.assert_allclose(found.views["first"], hidden[:, 0], atol=1e-5)
    assert ("pooler" in found.views) == architecture.startswith("bert")
    if architecture == "bert":
        np.testing.assert_allclose(found.views["pooler"], output.pooler_output.numpy(), atol=1e-5)
    assert found.rows.tolist() == [0, 1, 2, 3] and found.places.tolist() == [0] * 4


@pytest.mark.parametrize("packs", [True, False], ids=["packed", "padded"])
@pytest.mark.parametrize("architecture", ["roberta", "bert", "distilbert"])
def test_words_are_their_first_pieces(architecture: str, packs: bool, tiny_base: Callable[[str], Path]) -> None:
    folder = tiny_base(architecture)
    task, encoder = loaded(folder, "token-classification")
    if packs:
        take_fast_path(encoder.model.requires_grad_(False))
    encoded, pad = task.encode(encoder.tokenizer, {"tokens": WORDS}, None, 9), int(encoder.tokenizer.pad_token_id)
    starts = encoded.word_starts or []
    assert any(start < 0 for row in starts for start in row)  # a word is cut off
    found = read_word_vectors(encoder.model, encoded, pad, rows=[0, 1, 3])
    hidden = padded(folder, encoded, pad)[0].last_hidden_state.numpy()
    kept = [(row, place) for row in (0, 1, 3) for place, start in enumerate(starts[row]) if start >= 0]
    assert list(zip(found.rows.tolist(), found.places.tolist(), strict=True)) == kept
    expected = np.stack([hidden[row, starts[row][place]] for row, place in kept])
    np.testing.assert_allclose(found.views["token"], expected, atol=1e-5)


def test_reading_leaves_the_model_as_it_was(tiny_base: Callable[[str], Path]) -> None:
    task, encoder = loaded(tiny_base("bert"), "text-classification")
    take_fast_path(encoder.model.requires_grad_(False))
    encoded = task.encode(encoder.tokenizer, {"text": TEXTS}, None, 32)
    before = predict_logits(encoder.model, encoded, 0)
    encoder.model.train()
    some = read_text_vectors(encoder.model, encoded, 0, [1, 3], pools=False)
    assert encoder.model.training and set(some.views) == {"mean", "first"} and some.rows.tolist() == [1, 3]
    every = read_text_vectors(encoder.model, encoded, 0)
    np.testing.assert_allclose(some.views["mean"], every.views["mean"][[1, 3]], atol=1e-6)
    for old, new in zip(before, predict_logits(encoder.model, encoded, 0), strict=True):
        np.testing.assert_array_equal(old, new)


def test_texts_apart_are_compared_as_unit_vectors() -> None:
    found = vectors_apart(np.array([[3.0, 4.0]]), np.array([[0.0, 2.0]]))["apart"]
    np.testing.assert_allclose(found, [[0.6, 0.2, 0.0, 0.8]])
