"""Stacked updates against each adapter's own product by hand, and what cannot be stacked."""

from __future__ import annotations

import pytest
import torch
from peft import LoraConfig, get_peft_model
from torch import Tensor, nn
from transformers import BertConfig, BertForTokenClassification

from tunecard.adapters.learned_parts import LearnedParts, read_learned_parts
from tunecard.adapters.stacked_lora import Assignment, assigned, open_to, plan_runs
from tunecard.errors import AdapterError

LAYER = "layer"
IN, OUT = 6, 5


def updates() -> list[tuple[Tensor, Tensor] | None]:
    """Three adapters of rank 2, without an update, and of rank 4."""
    generator = torch.Generator().manual_seed(1)
    pairs = [(torch.randn(r, IN, generator=generator), torch.randn(OUT, r, generator=generator)) for r in (2, 4)]
    return [pairs[0], None, pairs[1]]


def parts_of(pairs: list[tuple[Tensor, Tensor] | None]) -> list[LearnedParts]:
    return [LearnedParts({} if pair is None else {LAYER: pair}, {}) for pair in pairs]


@pytest.mark.parametrize(
    ("lengths", "adapters", "runs"),
    [
        ([3, 3, 3], [0, 1, 2], [(0, 3, (0, 1, 2))]),
        ([4, 3, 2], [2, 2, 2], [(0, 9, (2,))]),
        ([5, 4, 4, 2], [0, 1, 2, 0], [(0, 5, (0,)), (5, 4, (1, 2)), (13, 2, (0,))]),
        ([2, 2, 4, 1], [0, 0, 1, 1], [(0, 4, (0,)), (4, 5, (1,))]),
        ([2, 2, 2, 2], [0, 0, 1, 1], [(0, 4, (0, 1))]),
    ],
)
def test_neighbours_of_one_adapter_or_of_one_length_are_one_product(
    lengths: list[int], adapters: list[int], runs: list[tuple[int, int, tuple[int, ...]]]
) -> None:
    assert list(plan_runs(lengths, adapters)) == runs


@pytest.mark.parametrize(
    ("lengths", "adapters"),
    [
        ([4, 4, 4], [2, 0, 1]), ([4, 4, 4], [0, 2, 0]), ([5, 3, 3, 3, 1], [0, 2, 2, 1, 0]), ([3, 3], [0, 3]),
        ([7], [2]), ([2, 2], [1, 1]),
    ],
)  # fmt: skip
def test_each_row_gets_its_own_update_and_filling_tokens_none(lengths: list[int], adapters: list[int]) -> None:
    generator = torch.Generator().manual_seed(2)
    x = torch.randn(1, sum(lengths) + 3, IN, generator=generator)
    out = torch.randn(1, sum(lengths) + 3, OUT, generator=generator)
    pairs = [*updates(), updates()[0]]
    expected = out.clone()
    start = 0
    for length, adapter in zip(lengths, adapters, strict=True):
        update = pairs[adapter]
        for token in range(start, start + length):
            if update is not None:
                expected[0, token] += update[1] @ (update[0] @ x[0, token])
        start += length
    Assignment(lengths, adapters, parts_of(pairs), x.shape[1], heads_read_tokens=True).add_updates(LAYER, x, out)
    torch.testing.assert_close(out, expected, rtol=0, atol=1e-5)


def test_an_output_that_is_a_slice_of_a_wider_one_is_added_to_in_place() -> None:
    """Query, key and value lie side by side in one fused product."""
    joint = torch.zeros(1, 6, 3 * OUT)
    part = joint.split(OUT, dim=-1)[1]
    x = torch.ones(1, 6, IN)
    Assignment([3, 3], [0, 2], parts_of(updates()), 6, heads_read_tokens=True).add_updates(LAYER, x, part)
    a, b = updates()[2]  # type: ignore[misc]
    torch.testing.assert_close(joint[0, 5, OUT : 2 * OUT], b @ a.sum(1))
    assert not joint[..., :OUT].any() and not joint[..., 2 * OUT :].any()


def test_a_layer_may_read_one_vector_a_row() -> None:
    """The top layer of a text classifier reads first tokens only."""
    assignment = Assignment([5, 2, 2], [2, 0, 2], [], 16, heads_read_tokens=False)
    assert assignment.runs_of(3) == ((0, 1, (2, 0, 2)),)
    assert assignment.runs_of(16) == ((0, 5, (2,)), (5, 2, (0, 2)))
    with pytest.raises(ValueError, match="reads 7 vectors"):
        assignment.runs_of(7)


def test_a_layer_that_reads_what_no_row_owns_is_refused() -> None:
    """As relative positions, which a kernel would take for rows."""
    layer, generator = nn.Linear(16, 16), torch.Generator().manual_seed(1)
    pair = torch.randn(2, 16, generator=generator), torch.randn(16, 2, generator=generator)
    assignment = Assignment([3, 3], [0, 0], parts_of([pair]), 6, heads_read_tokens=True)
    with pytest.raises(ValueError, match="reads 5 vectors"):
        assignment.linear(LAYER, torch.randn(5, 16), layer)


class Tiny(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer, self.classifier = nn.Linear(IN, OUT), nn.Linear(OUT, 2)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.classifier(self.layer(x))
        return result


def test_heads_of_different_widths_read_their_own_rows() -> None:
    torch.manual_seed(3)
    model, wide = Tiny(), nn.Linear(OUT, 4)
    x = torch.randn(1, 5, IN)
    bare = model(x)
    adapters = [LearnedParts({}, {}), LearnedParts({}, {"classifier": wide})]
    for parts in [*adapters, adapters[1]]:  # whoever opens again opens nothing twice
        open_to(model, parts)
    with pytest.raises(RuntimeError, match="several adapters"):
        model(x)
    with assigned(Assignment([2, 2], [1, 0], adapters, 5, heads_read_tokens=True)):
        mixed = model(x)
    assert mixed.shape == (1, 5, 4)
    torch.testing.assert_close(mixed[:, :2], wide(model.layer(x[:, :2])))
    torch.testing.assert_close(mixed[:, 2:4, :2], bare[:, 2:4])
    assert not mixed[:, 2:4, 2:].any() and not mixed[:, 4].any()


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"target_modules": ["query"], "use_dora": True}, "query.lora_A.weight"),
        ({"target_modules": ["query"], "bias": "all"}, "bias"),
        ({"target_modules": ["query"], "lora_bias": True}, "query.lora_B.bias"),
        ({"target_modules": ["word_embeddings"]}, "lora_embedding_A"),
        ({"target_modules": ["query"], "modules_to_save": ["LayerNorm"]}, "LayerNorm"),
        ({"target_modules": ["query"], "trainable_token_indices": [1, 2]}, "token_adapter"),
    ],
)
def test_what_cannot_share_a_pass_is_refused_by_name(settings: dict[str, object], named: str) -> None:
    config = BertConfig(hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8, vocab_size=20)
    model = get_peft_model(BertForTokenClassification(config), LoraConfig(r=2, task_type="TOKEN_CLS", **settings))
    with pytest.raises(AdapterError, match=named) as caught:
        read_learned_parts(model, "somewhere")
    assert str(caught.value).startswith("somewhere: must be a plain LoRA")


def test_a_plain_adapter_is_read_whole_with_its_scaling() -> None:
    config = BertConfig(hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8, vocab_size=20)
    peft_config = LoraConfig(
        r=2, lora_alpha=6, task_type="TOKEN_CLS", target_modules=["query"], init_lora_weights=False
    )
    model = get_peft_model(BertForTokenClassification(config), peft_config)
    parts = read_learned_parts(model, "somewhere")
    (path,) = parts.updates
    assert path == "bert.encoder.layer.0.attention.self.query" and list(parts.heads) == ["classifier"]
    layer = model.get_base_model().get_submodule(path)
    a, b = parts.updates[path]
    torch.testing.assert_close(b @ a, layer.get_delta_weight("default"))
