"""The gate of a model that is stored in bf16: compared in fp32 block by block, to the same tolerance, and in bf16 as one."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tiny_models import make_base
from tiny_training import Ground, make_ground
from tunecard.adapters import trainable_state
from tunecard.encoders import fp32_copies, inner_model, is_packed, is_stored_in_bf16, packed_forward
from tunecard.encoders.layer_prefix import encoder_blocks
from tunecard.inference import fast_path, parity, predict_logits, take_fast_path

TinyBase = Callable[[str], Path]


def in_bf16(base: Path, kind: str = "text") -> Ground:
    """An adapter whose updates are not zero: none of them may be left out unseen."""
    ground = make_ground(base, kind, stored=torch.bfloat16)
    for name, parameter in trainable_state(ground.model).items():
        if "lora_B" in name:
            nn.init.normal_(parameter, std=0.1)
    return ground


@pytest.fixture(scope="module")
def deep_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_base(tmp_path_factory.mktemp("deep") / "base", "roberta", layers=6)


@pytest.mark.parametrize("architecture", ["roberta", "bert", "distilbert", "electra", "modernbert", "xlm-roberta"])
@pytest.mark.parametrize("kind", ["text", "tokens"])
def test_known_architectures_pass_in_fp32_and_in_bf16(tiny_base: TinyBase, architecture: str, kind: str) -> None:
    ground = in_bf16(tiny_base(architecture), kind)
    assert {parameter.dtype for parameter in trainable_state(ground.model).values()} == {torch.float32}
    path = take_fast_path(ground.model, torch.bfloat16)
    assert path.is_packed and path.compute_dtype == "bfloat16" and path.fused_layers > 0
    assert path.difference is not None and path.difference < 1e-5
    assert is_stored_in_bf16(ground.model)


def test_packed_bf16_predicts_what_fp32_does_but_for_rounding(deep_base: Path) -> None:
    rounded, exact = in_bf16(deep_base), make_ground(deep_base)
    with torch.no_grad():
        for name, tensor in trainable_state(exact.model).items():
            tensor.copy_(trainable_state(rounded.model)[name])
    assert take_fast_path(rounded.model, torch.bfloat16).is_packed
    found, expected = (predict_logits(one.model, one.data.train, one.data.pad_token_id) for one in (rounded, exact))
    assert np.abs(np.stack(found) - np.stack(expected)).max() < 0.05 * np.abs(np.stack(expected)).max()


def test_every_block_is_in_a_copy_and_below_another_block_unless_it_is_the_last(deep_base: Path) -> None:
    model = in_bf16(deep_base).model
    blocks = list(encoder_blocks(model))
    seen: list[list[int]] = []
    for copy in fp32_copies(model):
        names = [
            [parameter is own for own in first_learned(blocks)].index(True) for parameter in learned_of_each_block(copy)
        ]
        seen.append(names)
        assert {parameter.dtype for parameter in copy.parameters()} == {torch.float32}
        assert type(inner_model(copy)) is type(inner_model(model))
    assert seen == [[0, 1, 2], [2, 3, 4], [4, 5]]
    assert list(encoder_blocks(model)) == blocks  # as it was


def first_learned(blocks: list[nn.Module]) -> list[nn.Parameter]:
    """The first weight of each block that learns: copies share it with the model."""
    return [next(parameter for parameter in block.parameters() if parameter.requires_grad) for block in blocks]


def learned_of_each_block(copy: Any) -> list[nn.Parameter]:
    return first_learned(list(encoder_blocks_of_copy(copy)))


def test_copies_are_freed_one_by_one(deep_base: Path) -> None:
    model = in_bf16(deep_base).model
    gc.collect()
    gc.disable()
    try:
        alive: list[weakref.ref[nn.Parameter]] = []
        for copy in fp32_copies(model):
            assert not any(earlier() is not None for earlier in alive)
            frozen = encoder_blocks_of_copy(copy).parameters()
            alive += [weakref.ref(parameter) for parameter in frozen if not parameter.requires_grad]
            fast_path._compare_copy(copy)
            del copy, frozen
        assert len(alive) > 50
    finally:
        gc.enable()


def encoder_blocks_of_copy(copy: Any) -> nn.ModuleList:
    blocks: nn.ModuleList = inner_model(copy).base_model.encoder.layer
    return blocks


@pytest.mark.parametrize("broken", range(6))
def test_a_fault_in_any_one_block_is_found(deep_base: Path, broken: int) -> None:
    ground = in_bf16(deep_base)
    layer: Any = encoder_blocks(ground.model)[broken].get_submodule("intermediate.dense")
    stock = type(layer).forward
    layer.forward = lambda x: stock(layer.to(x.dtype), x) * 1.001  # what the fused product does not know of
    path = take_fast_path(ground.model, torch.bfloat16)
    assert not path.is_packed
    assert path.difference is not None and fast_path.TOLERANCE < path.difference < 0.1
    assert path.reason is not None and path.reason.startswith("it differs from the padded path by ")


def test_a_wrongly_packed_model_falls_back_to_fp32(tiny_base: TinyBase, monkeypatch: pytest.MonkeyPatch) -> None:
    ground = in_bf16(tiny_base("roberta"))
    monkeypatch.setattr(packed_forward, "position_offset", lambda model: 1)  # RoBERTa counts from 2
    path = take_fast_path(ground.model, torch.bfloat16)
    assert not path.is_packed and not is_packed(ground.model) and path.compute_dtype == "float32"
    assert path.difference is not None and path.difference > fast_path.TOLERANCE
    assert {parameter.dtype for parameter in ground.model.parameters()} == {torch.float32}
    padded = predict_logits(ground.model, ground.data.train, ground.data.pad_token_id)
    assert all(np.isfinite(row).all() for row in padded)


def test_the_whole_is_compared_in_bf16_as_well(tiny_base: TinyBase, monkeypatch: pytest.MonkeyPatch) -> None:
    ground = in_bf16(tiny_base("roberta"))
    real = parity.compare_in_fp32

    def with_a_fault_afterwards(copies: Iterator[nn.Module]) -> float:
        found = max(map(real, copies))
        monkeypatch.setattr(packed_forward, "position_offset", lambda model: 1)
        return found

    monkeypatch.setattr(fast_path, "fp32_copies", lambda model: [with_a_fault_afterwards(fp32_copies(model))])
    monkeypatch.setattr(fast_path, "_compare_copy", float)
    path = take_fast_path(ground.model, torch.bfloat16)
    assert path.difference is not None and path.difference < 1e-5
    assert not path.is_packed and path.reason is not None and path.reason.endswith(" in bf16")


def test_fp32_is_not_made_of_rounded_weights_unasked(tiny_base: TinyBase) -> None:
    ground = in_bf16(tiny_base("bert"))
    with pytest.raises(ValueError, match="stored in bf16: there is no fp32 to compute in. Load it anew."):
        take_fast_path(ground.model)


def test_the_model_is_left_as_it_was_but_for_the_path(tiny_base: TinyBase) -> None:
    ground = in_bf16(tiny_base("bert"))
    before: dict[str, Tensor] = {name: tensor.clone() for name, tensor in ground.model.state_dict().items()}
    ground.model.train()
    take_fast_path(ground.model, torch.bfloat16)
    after = ground.model.state_dict()
    assert ground.model.training and before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) and before[name].dtype == after[name].dtype for name in before)
