"""Words that a base holds to be near are whole words of its vocabulary, the nearest by its own embeddings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from tunecard.encoders import BaseFiles, Encoder, load_encoder
from tunecard.inference.near_words import NEAREST, near_words

TinyBase = Callable[[str], Path]


def load(base: Path) -> Encoder:
    return load_encoder(
        BaseFiles("anna/tiny", base, None, False), "AutoModelForSequenceClassification", ["a"], "regression", 0
    )


def id_of(encoder: Encoder, word: str) -> int:
    ids = encoder.tokenizer([f" {word}"], add_special_tokens=False)["input_ids"][0]
    assert len(ids) == 1
    return int(ids[0])


@pytest.mark.parametrize("architecture", ["bert", "roberta"])
def test_the_nearest_are_those_of_the_embeddings(tiny_base: TinyBase, architecture: str) -> None:
    encoder = load(tiny_base(architecture))
    words = [word for word in ("the", "and", "of", "in") if len(encoder.tokenizer.tokenize(f" {word}")) == 1]
    assert len(words) > 1
    weight = encoder.model.get_input_embeddings().weight.detach()
    rows = torch.nn.functional.normalize(weight - weight.mean(dim=0), dim=1)
    for word, near in near_words(encoder.model, encoder.tokenizer, words).items():
        assert word not in near
        assert len(near) == NEAREST
        likeness = [float(rows[id_of(encoder, word)] @ rows[id_of(encoder, other)]) for other in near]
        assert likeness == sorted(likeness, reverse=True)
        others = (other for other in words if other not in {word, *near})
        assert all(float(rows[id_of(encoder, word)] @ rows[id_of(encoder, other)]) <= likeness[-1] for other in others)


def test_what_is_no_token_of_its_own_has_none(tiny_base: TinyBase) -> None:
    encoder = load(tiny_base("bert"))
    assert near_words(encoder.model, encoder.tokenizer, ["qqqzzzxxx", ""]) == {}
