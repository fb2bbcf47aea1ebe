"""What a head reads, beside the logits that it makes of it: its last layer is affine, and so are means over tokens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tunecard.encoders import load_encoder, locate_base
from tunecard.inference import take_fast_path
from tunecard.inference.head_inputs import layers_of_head
from tunecard.inference.predicting import predict_logits, predict_with_vectors
from tunecard.tasks import task_named

TEXTS = ["tokyo and berlin", "I would like to know when my card arrives", "a", "music in the street"]
INPUTS: dict[str, dict[str, Any]] = {
    "text-classification": {"text": TEXTS},
    "token-classification": {"tokens": [text.split() for text in TEXTS]},
    "question-answering": {"text": ["where?"] * 4, "text_pair": TEXTS},
    "sentence-embedding": {"text": TEXTS, "text_pair": TEXTS[::-1]},
}


@pytest.mark.parametrize("packs", [True, False], ids=["packed", "padded"])
@pytest.mark.parametrize(
    ("architecture", "name"),
    [("bert", name) for name in INPUTS] + [("roberta", "text-classification"), ("modernbert", "text-classification")],
)
def test_the_last_layer_makes_the_logits_of_what_was_kept(
    architecture: str, name: str, packs: bool, tiny_base: Callable[[str], Path]
) -> None:
    task = task_named(name, ("O", "B-place") if name != "sentence-embedding" else ("score",))
    base = locate_base(str(tiny_base(architecture)), Path())
    encoder = load_encoder(base, task.auto_class, task.labels, task.problem_type, 0)
    if packs:
        take_fast_path(encoder.model.requires_grad_(False))
    encoded, pad = task.encode(encoder.tokenizer, INPUTS[name], None, 32), int(encoder.tokenizer.pad_token_id)
    logits, vectors = predict_with_vectors(encoder.model, encoded, pad)
    for one, other in zip(logits, predict_logits(encoder.model, encoded, pad), strict=True):
        np.testing.assert_array_equal(one, other)
    means = np.array([np.asarray(row).reshape(-1, row.shape[-1]).mean(axis=0) for row in logits])
    layers = layers_of_head(encoder.model)
    assert vectors is not None and not any(layer._forward_pre_hooks for layer in layers)
    if not layers:
        np.testing.assert_allclose(vectors, means)
        return
    weight, bias = (values.detach().numpy() for values in (layers[-1].weight, layers[-1].bias))
    np.testing.assert_allclose(vectors @ weight.T + bias, means, atol=1e-5)
