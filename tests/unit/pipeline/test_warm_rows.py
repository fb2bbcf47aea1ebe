"""Rows to learn a view from are read as the frozen base reads them, packed, and the base is left as it came."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tunecard.encoders import BaseFiles, load_encoder
from tunecard.inference import take_fast_path
from tunecard.inference.frozen_vectors import read_text_vectors
from tunecard.pipeline import warm_rows as subject
from tunecard.rows.dataset import Split
from tunecard.rows.vectors import APART, MEAN, FrozenVectors
from tunecard.tasks.multiple_choice import MultipleChoice
from tunecard.tasks.text_classification import TextClassification

TASK = TextClassification(("no", "yes"))
TEXTS = ["the cat sat on the mat", "a dog and a cat", "the sun", "of the sea and the sun"]


def prepared(base: Path) -> tuple[Any, Any]:
    files = BaseFiles("anna/tiny", base, None, False)
    encoder = load_encoder(files, TASK.auto_class, TASK.labels, TASK.problem_type, 0)
    encoded = TASK.encode(encoder.tokenizer, {"text": TEXTS}, None, 32)
    frozen = load_encoder(files, TASK.auto_class, TASK.labels, TASK.problem_type, 0).model.requires_grad_(False)
    take_fast_path(frozen)
    vectors = read_text_vectors(frozen, encoded, encoder.tokenizer.pad_token_id)
    inner = SimpleNamespace(
        task=TASK, encoder=encoder, plans=SimpleNamespace(max_length=32, seeds=(0,)),
        pad_token_id=encoder.tokenizer.pad_token_id, encoded={"train": encoded, "validation": encoded},
    )  # fmt: skip
    return SimpleNamespace(prepared=inner, vectors={"train": vectors, "validation": vectors}), encoder.model


def test_few_texts_stand_beside_general_sentences(tiny_base: Callable[[str], Path]) -> None:
    context, model = prepared(tiny_base("bert"))
    came = [(name, parameter.requires_grad) for name, parameter in model.named_parameters()]
    learned, held = subject.warm_rows(context, model, MEAN)
    assert learned.view == held.view == MEAN
    assert len(learned.encoded) == len(learned.vectors)
    own = sum(ids == context.prepared.encoded["train"].input_ids[0] for ids in learned.encoded.input_ids)
    general = len(learned.encoded) - own * len(TEXTS)
    assert general > 500
    assert own * len(TEXTS) / len(learned.encoded) == pytest.approx(subject.LEAST_SHARE, abs=0.01)
    np.testing.assert_allclose(np.linalg.norm(learned.vectors, axis=1), 1, rtol=1e-5)
    assert came == [(name, parameter.requires_grad) for name, parameter in model.named_parameters()]


def test_the_general_sentences_are_read_packed(
    tiny_base: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    context, model = prepared(tiny_base("bert"))
    monkeypatch.setattr("tunecard.inference.frozen_vectors._padded", None)  # whoever pads fails
    read = subject.warm_rows(context, model, MEAN)[0]
    assert isinstance(context.vectors["train"], FrozenVectors)
    assert np.isfinite(read.vectors).all()


def test_choices_are_pairs_of_the_question_and_each_choice(tiny_base: Callable[[str], Path]) -> None:
    task, base = MultipleChoice(("A", "B", "C")), tiny_base("bert")
    inputs = {"text": ["a cat", "the mat"], "choices": [["the sun", "a dog"], ["the sea", "sat", "the sun"]]}
    encoder = load_encoder(BaseFiles("anna/tiny", base, None, False), task.auto_class, task.labels, None, 0)
    encoded = task.encode(encoder.tokenizer, inputs, ["A", "B"], 32)
    apart = np.random.default_rng(0).normal(size=(5, 64)).astype(np.float32)
    vectors = FrozenVectors({MEAN: apart[:, :32], APART: apart}, np.array([0, 0, 1, 1, 1]), np.array([0, 1, 0, 1, 2]))
    split = Split("train", [0, 1], inputs, ["A", "B"], {}, "given", {})
    inner = SimpleNamespace(
        task=task, encoder=encoder, plans=SimpleNamespace(max_length=32, seeds=(0,)),
        pad_token_id=encoder.tokenizer.pad_token_id, encoded={"train": encoded, "validation": encoded},
        dataset=SimpleNamespace(splits={"train": split}),
    )  # fmt: skip
    context: Any = SimpleNamespace(prepared=inner, vectors={"train": vectors, "validation": vectors})
    learned, held = subject.warm_rows(context, encoder.model, APART)
    assert learned.encoded.pieces is None
    assert len(learned.encoded) == len(learned.vectors) == subject.PAIRS
    own = encoder.tokenizer("the mat", "the sea")["input_ids"]
    assert own in learned.encoded.input_ids  # read as the head will read it
    assert held.encoded.input_ids[2] == own
    assert len(held.encoded) == len(held.vectors) == 5
    assert subject.warm_rows(context, encoder.model, MEAN)[1].encoded.input_ids == held.encoded.input_ids
