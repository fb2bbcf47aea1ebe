"""The lower part of an encoder against stock hidden states; which layer is the lowest that learns."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForSequenceClassification, AutoModelForTokenClassification

from tunecard.encoders.layer_prefix import encoder_blocks, forward_from_prefix, lowest_trained_layer, states_below
from tunecard.encoders.packed_batch import pack
from tunecard.encoders.packed_forward import enable_packing, forward_packed

TinyBase = Callable[[str], Path]
SHAPES = ("bert", "roberta", "distilbert", "modernbert", "electra")
ROWS = [[7, 8, 9], [11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22], [30, 31, 32], [40]]
TOP = {
    "bert": "layer.1.attention.self.query", "roberta": "layer.1.output.dense", "distilbert": "layer.1.attention.q_lin",
    "modernbert": "layers.1.attn.Wqkv", "electra": "layer.1.attention.self.value",
}  # fmt: skip


def load(base: Path, kind: str = "text") -> Any:
    auto = AutoModelForSequenceClassification if kind == "text" else AutoModelForTokenClassification
    return auto.from_pretrained(base, num_labels=3).eval()


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("kind", ["text", "tokens"])
@pytest.mark.parametrize("architecture", SHAPES)
def test_lower_states_are_stock_hidden_states(tiny_base: TinyBase, architecture: str, kind: str, layers: int) -> None:
    """Row by row through the stock model, against all rows packed; from there on the same logits."""
    stock, model = load(tiny_base(architecture), kind), load(tiny_base(architecture), kind)
    model.load_state_dict(stock.state_dict())  # the new head, too
    enable_packing(model)
    batch = pack(ROWS, [0, 1, 2, 3])
    with torch.no_grad():
        states = states_below(model, batch, layers)
        logits = forward_from_prefix(model, batch, states, layers)
        assert len(states) == 19
        for row, start, length in zip(batch.rows, batch.starts.tolist(), batch.lengths, strict=False):
            output = stock(torch.tensor([ROWS[row]]), output_hidden_states=True)
            if architecture == "modernbert" and layers == 2:
                # transformers reports the last one behind the final norm, which belongs to the upper part
                ours = model.base_model.final_norm(states[start : start + length])
            else:
                ours = states[start : start + length]
            torch.testing.assert_close(ours, output.hidden_states[layers][0], rtol=1e-5, atol=1e-5)
            own = logits[list(batch.rows).index(row)][None] if kind == "text" else logits[start : start + length][None]
            torch.testing.assert_close(own, output.logits, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", ["text", "tokens"])
def test_nothing_is_left_behind(tiny_base: TinyBase, kind: str) -> None:
    """A whole pass after partial ones, and after one that failed, is what it was."""
    model = load(tiny_base("bert"), kind)
    enable_packing(model)
    batch = pack(ROWS, [0, 1, 2, 3])
    with torch.no_grad():
        before = forward_packed(model, batch)
        states = states_below(model, batch, 2)
        forward_from_prefix(model, batch, states * 2, 1)
        handle = encoder_blocks(model)[1].register_forward_pre_hook(lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            forward_from_prefix(model, batch, states, 1)
        handle.remove()
        assert torch.equal(forward_packed(model, batch), before)


@pytest.mark.parametrize("architecture", SHAPES)
def test_the_lowest_layer_that_learns(tiny_base: TinyBase, architecture: str) -> None:
    def adapted(**settings: Any) -> int:
        config = LoraConfig(task_type="TOKEN_CLS", **{"r": 2, "target_modules": [TOP[architecture]], **settings})
        return lowest_trained_layer(get_peft_model(load(tiny_base(architecture), "tokens"), config))

    assert adapted() == 1
    assert adapted(target_modules=[TOP[architecture], TOP[architecture].replace("1", "0")]) == 0
    embeddings = "tok_embeddings" if architecture == "modernbert" else "word_embeddings"
    assert adapted(target_modules=[TOP[architecture], embeddings]) == 0
    head_only = load(tiny_base(architecture), "tokens")
    head_only.base_model.requires_grad_(False)
    assert lowest_trained_layer(head_only) == 2


@pytest.mark.parametrize("architecture", ["bert", "modernbert"])
def test_what_follows_the_blocks_is_above_them(tiny_base: TinyBase, architecture: str) -> None:
    """A pooler and a last norm that learn do not touch the layers below."""
    model = load(tiny_base(architecture))
    model.base_model.requires_grad_(False)
    behind = model.base_model.pooler if architecture == "bert" else model.base_model.final_norm
    behind.requires_grad_(True)
    assert lowest_trained_layer(model) == 2


def test_states_of_another_batch_are_refused(tiny_base: TinyBase) -> None:
    model = load(tiny_base("bert"))
    enable_packing(model)
    with pytest.raises(ValueError, match="states of 19 tokens are needed, got those of 18"):
        forward_from_prefix(model, pack(ROWS, [0, 1, 2, 3]), torch.zeros(18, 32), 1)
    with pytest.raises(ValueError, match="nothing to skip"):
        forward_from_prefix(model, pack(ROWS, [0]), torch.zeros(3, 32))
