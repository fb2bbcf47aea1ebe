"""A start that holds what rounding takes of a weight: the split itself, and where it puts the parts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from peft.tuners.lora import LoraLayer

from tunecard.adapters.fused.freezing import Storage, rounded
from tunecard.adapters.loading import peft_config
from tunecard.adapters.starts.registry import STARTS
from tunecard.adapters.starts.rounding import split_rounded
from tunecard.adapters.starts.rows import StartRows
from tunecard.encoders import load_encoder, locate_base

TinyBase = Callable[[str], Path]
SMALL = [Storage(torch.float32, "nf4"), Storage(torch.float32, "int8")]


@pytest.mark.parametrize("storage", SMALL)
def test_factors_are_the_largest_part_of_what_rounding_takes(storage: Storage) -> None:
    """Against numpy's decomposition of the difference."""
    weight = torch.randn(24, 80, generator=torch.Generator().manual_seed(1))
    stored, up, down = split_rounded(weight, 5, 1, storage)
    assert torch.equal(stored, rounded(weight, storage)) and not torch.equal(stored, weight)
    u, s, v = np.linalg.svd((weight - stored).numpy(), full_matrices=False)
    np.testing.assert_allclose((up @ down).numpy(), (u[:, :5] * s[:5]) @ v[:5], atol=1e-5)
    np.testing.assert_allclose(up.norm(dim=0), down.norm(dim=1), atol=1e-5)  # both factors are as large


@pytest.mark.parametrize("storage", SMALL)
def test_further_steps_leave_less_of_the_weight_out(storage: Storage) -> None:
    weight = torch.randn(64, 64, generator=torch.Generator().manual_seed(1))
    left = [float((weight - stored - up @ down).norm())
            for stored, up, down in (split_rounded(weight, 16, steps, storage) for steps in (1, 2))]  # fmt: skip
    assert left[1] < left[0] < float((weight - rounded(weight, storage)).norm())
    stored = split_rounded(weight, 16, 5, storage)[0]
    torch.testing.assert_close(rounded(stored, storage), stored, rtol=1e-6, atol=1e-6)  # it can be stored as it is


@pytest.mark.parametrize("rank", [4, 40])  # the weights are 32 wide
def test_a_layer_holds_both_parts(tiny_base: TinyBase, rank: int) -> None:
    base = locate_base(str(tiny_base("bert")))

    def load() -> Any:
        return load_encoder(base, "AutoModelForSequenceClassification", ("a", "b", "c"), None, 3).model

    whole = dict(load().named_modules())
    config = peft_config({
        "peft_type": "LORA", "r": rank, "lora_alpha": 3 * rank, "target_modules": ["query"],
        "init_lora_weights": "loftq", "loftq_config": {"loftq_iter": 1},
    })  # fmt: skip
    model: Any = STARTS["rounding"](load(), config, StartRows([], lambda model: iter(()), SMALL[0]))
    layers = {name: module for name, module in model.get_base_model().named_modules() if isinstance(module, LoraLayer)}
    assert len(layers) == 2
    for name, layer in layers.items():
        before = whole[name].weight.detach()
        stored, up, down = split_rounded(before, rank, 1, SMALL[0])
        assert torch.equal(layer.base_layer.weight, stored)
        torch.testing.assert_close(layer.get_delta_weight("default"), up @ down, rtol=1e-4, atol=1e-6)
        near = float((before - stored - layer.get_delta_weight("default").detach()).norm() / (before - stored).norm())
        assert near < (1e-4 if rank > 32 else 0.95)
