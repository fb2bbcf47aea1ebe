"""Decoding and scores against hand-worked cases and the field's libraries."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from seqeval.metrics import f1_score, precision_score, recall_score
from seqeval.scheme import IOB2
from sklearn.metrics import accuracy_score, matthews_corrcoef
from sklearn.metrics import f1_score as sklearn_f1

from tunecard.rows.encoded import EncodedSplit
from tunecard.tasks import Task
from tunecard.tasks.confidence import softmax
from tunecard.tasks.text_classification import TextClassification
from tunecard.tasks.token_classification import TokenClassification

TAGS = ("O", "B-X", "I-X")
NAMES = ("no", "yes", "maybe")


def encoded(**parts: Any) -> EncodedSplit:
    rows = len(parts["input_ids"])
    return EncodedSplit(
        **{"type_ids": None, "label_ids": None, "is_truncated": [False] * rows, "lost_words": [0] * rows, **parts}
    )


def test_text_decoding() -> None:
    prediction, probabilities = TextClassification(NAMES).decode(
        np.array([0.0, np.log(3), 0.0]), encoded(input_ids=[[1]]), 0
    )
    assert prediction == "yes"
    np.testing.assert_allclose(probabilities, [0.2, 0.6, 0.2])


def test_token_decoding_is_a_tag_a_word() -> None:
    logits = np.zeros((4, 3), dtype=np.float32)
    logits[1, 1], logits[2, 2], logits[3, 0] = 5.0, 9.0, 5.0  # position 2 is the second piece of the first word
    split = encoded(input_ids=[[0] * 4], word_starts=[[1, 3, -1]])
    tags, probabilities = TokenClassification(TAGS).decode(logits, split, 0)
    assert tags == ["B-X", "O", "O"]
    assert probabilities[2] is None
    np.testing.assert_allclose(probabilities[0], torch.tensor(logits[1]).double().softmax(-1).numpy())


@pytest.mark.parametrize("scale", [1.0, 50.0, 3e4])
def test_probabilities_sum_to_one(scale: float) -> None:
    logits = (np.random.default_rng(0).standard_normal((200, 77)) * scale).astype(np.float32)
    probabilities = softmax(logits)
    np.testing.assert_allclose(probabilities.sum(-1), 1.0, atol=1e-12)
    np.testing.assert_allclose(probabilities.astype(np.float32).astype(np.float64).sum(-1), 1.0, atol=1e-5)
    np.testing.assert_array_equal(probabilities.argmax(-1), logits.argmax(-1))


def test_token_scores_are_seqevals() -> None:
    labels = [["B-X", "I-X", "O", "B-X"], ["O", "B-X"], ["B-X", "O"]]
    predictions = [["B-X", "I-X", "O", "O"], ["O", "B-X"], ["O", "I-X"]]
    score = TokenClassification(TAGS).scoring.score(labels, predictions)
    strict: dict[str, Any] = {"mode": "strict", "scheme": IOB2}
    assert score["f1"] == pytest.approx(f1_score(labels, predictions, **strict))
    assert score["precision"] == pytest.approx(precision_score(labels, predictions, **strict))
    assert score["recall"] == pytest.approx(recall_score(labels, predictions, **strict))


def test_text_scores_are_scikit_learns() -> None:
    labels, predictions = ["no", "yes", "yes", "maybe", "no"], ["no", "yes", "no", "maybe", "maybe"]
    score = TextClassification(NAMES).scoring.score(labels, predictions)
    assert score["accuracy"] == pytest.approx(accuracy_score(labels, predictions))
    assert score["macro_f1"] == pytest.approx(sklearn_f1(labels, predictions, average="macro"))
    assert score["mcc"] == pytest.approx(matthews_corrcoef(labels, predictions))


@pytest.mark.parametrize("task", [TextClassification(NAMES), TokenClassification(TAGS)])
def test_every_metric_but_the_loss_is_scored(task: Task) -> None:
    labels: list[Any] = ["no", "yes"] if task.name == "text-classification" else [["O", "B-X"], ["O", "O"]]
    assert set(task.best_metrics) <= {*task.scoring.score(labels, labels), "loss"}
    assert task.scoring.score(labels, labels)[task.best_metrics[0]] == 1.0


@pytest.mark.parametrize("texts", [1, 2])
@pytest.mark.parametrize("task", [TextClassification(NAMES), TokenClassification(TAGS)])
def test_no_text_leaves_its_literal_in_the_code(task: Task, texts: int) -> None:
    nasty = 'x\'"\\\n"""; import os #'
    code = task.snippet(nasty, nasty, [nasty] * texts)
    names = compile(code, "snippet", "exec")
    assert nasty in names.co_consts or any(nasty in str(constant) for constant in names.co_consts)
    assert "os" not in names.co_names
    assert repr(nasty) in code
