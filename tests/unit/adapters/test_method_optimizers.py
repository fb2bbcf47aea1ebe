"""Optimizers that methods name, against PEFT's own: LoRA+'s rates and LoRA-FA's gradient."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from peft.optimizers import create_lorafa_optimizer, create_loraplus_optimizer

from tiny_training import Ground, make_ground, rows_of
from tunecard.adapters.methods.lora_fa import LORA_FA
from tunecard.adapters.starts.registry import freeze_parts
from tunecard.inference.batches import collate
from tunecard.training.optimizer import make_optimizer

TinyBase = Callable[[str], Path]


def backward(ground: Ground, model: Any) -> None:
    batch = collate(ground.data.train, rows_of(ground.data.train)[:8], ground.data.pad_token_id)
    model.train()
    model(**batch).loss.backward()


def rates(model: Any, optimizer: torch.optim.Optimizer) -> dict[str, float]:
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    return {names[id(p)]: group["lr"] for group in optimizer.param_groups for p in group["params"]}


def test_rates_of_lora_plus_are_pefts(tiny_base: TinyBase) -> None:
    ground = make_ground(tiny_base("bert"), optimizer="lora-plus", method_settings={"rate_ratio": 16.0})
    ours = rates(ground.model, make_optimizer(ground.model, ground.plan, ground.encoder.new_modules))
    stock = create_loraplus_optimizer(
        ground.model, torch.optim.AdamW, lr=ground.plan.learning_rate, loraplus_lr_ratio=16.0
    )
    theirs = rates(ground.model, stock)
    factors = {name for name in ours if ".lora_" in name}
    assert {name: ours[name] for name in factors} == {name: theirs[name] for name in factors}
    assert {ours[name] for name in factors} == {2e-3, 16 * 2e-3}
    assert {ours[name] for name in set(ours) - factors} == {ground.plan.head_learning_rate}
    assert ours.keys() == theirs.keys()


@pytest.mark.parametrize("steps", [1, 3])
def test_lora_fa_moves_b_as_peft_does(tiny_base: TinyBase, steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """PEFT multiplies in bf16 where the processor has it; asked not to, it gives the same to the last digits."""
    monkeypatch.setattr("peft.optimizers.lorafa.is_bf16_available", lambda: False)
    ground = make_ground(tiny_base("bert"), optimizer="lora-fa", weight_decay=0.0)
    stock: Any = copy.deepcopy(ground.model)
    freeze_parts(ground.model, LORA_FA)
    rate = ground.plan.learning_rate
    theirs = create_lorafa_optimizer(stock, r=4, lora_alpha=8, lr=rate)
    ours = make_optimizer(ground.model, ground.plan, ())
    for group in (*ours.param_groups, *theirs.param_groups):
        group["eps"] = 1e-14  # the two add it before and after they correct for the first steps
    for _ in range(steps):
        for model, optimizer in ((ground.model, ours), (stock, theirs)):
            backward(ground, model)
            optimizer.step()
            optimizer.zero_grad()
    expected = dict(stock.named_parameters())
    moved = 0
    for name, parameter in ground.model.named_parameters():
        if ".lora_" in name:
            assert torch.allclose(parameter, expected[name], atol=2e-5), name
            moved += ".lora_B." in name and bool(parameter.abs().max() > rate / 2)
    assert moved == 12
    assert not any(p.requires_grad for name, p in ground.model.named_parameters() if ".lora_A." in name)
