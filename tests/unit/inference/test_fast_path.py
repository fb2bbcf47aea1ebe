"""The parity gate: what passes is packed, what differs or fails stays padded, and the reason is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForSequenceClassification, DebertaV2Config, DebertaV2ForSequenceClassification

from tiny_training import make_ground
from tunecard.encoders import is_packed, packed_forward
from tunecard.inference import fast_path, leave_fast_path, parity, predict_logits, take_fast_path

TinyBase = Callable[[str], Path]


@pytest.mark.parametrize("architecture", ["roberta", "bert", "distilbert", "electra", "modernbert", "xlm-roberta"])
@pytest.mark.parametrize("kind", ["text", "tokens"])
def test_known_architectures_pass_and_predict_the_same(tiny_base: TinyBase, architecture: str, kind: str) -> None:
    ground = make_ground(tiny_base(architecture), kind)
    padded = predict_logits(ground.model, ground.data.train, ground.data.pad_token_id)
    path = take_fast_path(ground.model)
    assert path.is_packed and path.reason is None and path.fused_layers > 0
    assert path.difference is not None and path.difference < 1e-5
    packed = predict_logits(ground.model, ground.data.train, ground.data.pad_token_id)
    assert all(np.allclose(one, other, atol=2e-5) for one, other in zip(packed, padded, strict=True))
    leave_fast_path(ground.model)
    assert not is_packed(ground.model)
    again = predict_logits(ground.model, ground.data.train, ground.data.pad_token_id)
    assert all(np.array_equal(one, other) for one, other in zip(again, padded, strict=True))


def test_an_architecture_of_its_own_stays_padded() -> None:
    config = DebertaV2Config(
        hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8, vocab_size=20
    )
    path = take_fast_path(DebertaV2ForSequenceClassification(config))
    assert not path.is_packed and path.fused_layers == 0 and path.difference is None
    assert path.reason == (
        "DebertaV2ForSequenceClassification does not take its attention from transformers' AttentionInterface"
    )


def test_a_wrong_answer_falls_back(tiny_base: TinyBase, monkeypatch: pytest.MonkeyPatch) -> None:
    ground = make_ground(tiny_base("roberta"))
    padded = predict_logits(ground.model, ground.data.train, ground.data.pad_token_id)
    monkeypatch.setattr(packed_forward, "position_offset", lambda model: 1)  # RoBERTa counts from 2
    path = take_fast_path(ground.model)
    assert not path.is_packed
    assert path.difference is not None and path.difference > fast_path.TOLERANCE
    assert path.reason is not None and path.reason.startswith("it differs from the padded path by ")
    again = predict_logits(ground.model, ground.data.train, ground.data.pad_token_id)
    assert all(np.array_equal(one, other) for one, other in zip(again, padded, strict=True))


def test_a_failing_model_falls_back(tiny_base: TinyBase, monkeypatch: pytest.MonkeyPatch) -> None:
    ground = make_ground(tiny_base("bert"))

    def fail(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("shape '[1, 2]' is invalid\nand more")

    monkeypatch.setattr(parity, "forward_packed", fail)
    path = take_fast_path(ground.model)
    assert not path.is_packed and not is_packed(ground.model)
    assert path.reason == "PeftModelForSequenceClassification fails on packed rows: shape '[1, 2]' is invalid"


def test_the_gate_leaves_mode_gradients_and_random_state_alone(tiny_base: TinyBase) -> None:
    ground = make_ground(tiny_base("roberta"), dropout=0.1)
    ground.model.train()
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    take_fast_path(ground.model)
    assert torch.equal(torch.rand(3), expected)
    assert ground.model.training
    assert all(parameter.grad is None for parameter in ground.model.parameters())


def test_asking_twice_changes_nothing(tiny_base: TinyBase) -> None:
    ground = make_ground(tiny_base("roberta"))
    path = take_fast_path(ground.model, torch.bfloat16)
    assert path.is_packed
    assert take_fast_path(ground.model, torch.bfloat16) == path
    assert is_packed(ground.model)


def test_bf16_is_gated_in_fp32_first(tiny_base: TinyBase) -> None:
    model = AutoModelForSequenceClassification.from_pretrained(tiny_base("roberta"), num_labels=3).requires_grad_(False)
    path = take_fast_path(model, torch.bfloat16)
    assert path.is_packed and path.compute_dtype == "bfloat16"
    assert path.difference is not None and path.difference < 1e-5
    assert model.roberta.encoder.layer[0].attention.self.query.weight.dtype == torch.bfloat16
