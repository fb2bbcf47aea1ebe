"""Unmodified models on packed rows: row order, batch mates and packing order change nothing but rounding."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import (
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    MPNetConfig,
    MPNetForSequenceClassification,
)

from tunecard.encoders import disable_packing, enable_packing, forward_packed, is_packed, pack, why_not_packed

TinyBase = Callable[[str], Path]
# Written tolerance of logits of about 1: what the order of sums may change.
TOLERANCE = 2e-5
rows_of_ids = st.lists(st.lists(st.integers(5, 299), min_size=1, max_size=30), min_size=1, max_size=12)
CLASSES: dict[str, Any] = {"text": AutoModelForSequenceClassification, "tokens": AutoModelForTokenClassification}


def packed_model(base: Path, kind: str, **config: Any) -> Any:
    torch.manual_seed(0)
    model = CLASSES[kind].from_pretrained(base, num_labels=3, **config).eval()
    enable_packing(model)
    return model


def logits_of(model: Any, ids: list[list[int]], rows: list[int]) -> dict[int, torch.Tensor]:
    with torch.inference_mode():
        batch = pack(ids, rows)
        logits = forward_packed(model, batch)
    starts = batch.starts.tolist()
    is_of_texts = type(model).__name__.endswith("SequenceClassification")
    return {
        row: logits[place] if is_of_texts else logits[starts[place] : starts[place + 1]]
        for place, row in enumerate(batch.rows)
    }


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    from tiny_models import make_base

    bases = {name: make_base(tmp_path_factory.mktemp(name), name) for name in ("roberta", "modernbert")}
    return {f"{name} {kind}": packed_model(base, kind) for name, base in bases.items() for kind in CLASSES}


@pytest.mark.parametrize("which", ["roberta text", "roberta tokens", "modernbert text", "modernbert tokens"])
@settings(max_examples=25, deadline=None)
@given(ids=rows_of_ids, data=st.data())
def test_batch_mates_and_order_change_nothing(
    models: dict[str, Any], which: str, ids: list[list[int]], data: Any
) -> None:
    order = data.draw(st.permutations(range(len(ids))))
    together = logits_of(models[which], ids, list(order))
    for row in range(len(ids)):
        alone = logits_of(models[which], ids, [row])[row]
        assert together[row].shape == alone.shape
        assert torch.allclose(together[row], alone, atol=TOLERANCE, rtol=TOLERANCE)


@pytest.mark.parametrize("kind", ["text", "tokens"])
@pytest.mark.parametrize("lengths", [[30], [30, 30, 30], [1], [1, 2, 3, 4, 5], [30, 1]])
def test_extreme_lengths_equal_the_padded_path(tiny_base: TinyBase, lengths: list[int], kind: str) -> None:
    """30 tokens are all positions that the tiny RoBERTa has."""
    model = packed_model(tiny_base("roberta"), kind)
    generator = torch.Generator().manual_seed(0)
    ids = [torch.randint(5, 299, (length,), generator=generator).tolist() for length in lengths]
    packed = logits_of(model, ids, list(range(len(ids))))
    disable_packing(model)
    with torch.inference_mode():
        for row, tokens in enumerate(ids):
            assert torch.allclose(packed[row], model(torch.tensor([tokens])).logits[0], atol=TOLERANCE)


def test_mean_pooling_is_of_each_text_alone(tiny_base: TinyBase) -> None:
    model = packed_model(tiny_base("modernbert"), "text", classifier_pooling="mean")
    ids = [[5, 6, 7, 8], [9, 10], [11]]
    packed = logits_of(model, ids, [0, 1, 2])
    for row, tokens in enumerate(ids):
        assert torch.allclose(packed[row], model(torch.tensor([tokens])).logits[0], atol=TOLERANCE)


def test_a_packed_model_called_plainly_computes_as_stock_does(tiny_base: TinyBase) -> None:
    model = packed_model(tiny_base("bert"), "text")
    stock = CLASSES["text"].from_pretrained(tiny_base("bert"), num_labels=3).eval()
    stock.load_state_dict(model.state_dict())
    inputs = {"input_ids": torch.tensor([[5, 6, 7], [8, 9, 0]]), "attention_mask": torch.tensor([[1, 1, 1], [1, 1, 0]])}
    with torch.inference_mode():
        assert torch.equal(model(**inputs).logits, stock(**inputs).logits)
    assert is_packed(model)
    disable_packing(model)
    assert not is_packed(model)


@pytest.mark.parametrize("ids", [[], [[]], [[5], []]])
def test_nothing_to_pack_is_refused(ids: list[list[int]]) -> None:
    with pytest.raises(ValueError, match="one or more, each with a token or more"):
        pack(ids, range(len(ids)))


def test_a_model_that_brings_its_own_attention_says_why() -> None:
    config = MPNetConfig(hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8, vocab_size=20)
    model = MPNetForSequenceClassification(config)
    reason = why_not_packed(model)
    assert reason == "MPNetForSequenceClassification does not take its attention from transformers' AttentionInterface"
    with pytest.raises(ValueError, match="AttentionInterface"):
        enable_packing(model)
