"""Twenty steps beside stock PEFT on the same batches, dropout off, fp32: the same losses, the same weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import get_linear_schedule_with_warmup

from tiny_training import make_ground
from tunecard.adapters import trainable_state
from tunecard.inference.batches import collate
from tunecard.training import Trainer
from tunecard.training.optimizer import make_optimizer

TinyBase = Callable[[str], Path]
ATTENTION = {
    "roberta": ["query", "value"], "bert": ["query", "value"], "distilbert": ["q_lin", "v_lin"], "modernbert": ["Wqkv"],
}  # fmt: skip
STEPS = 20


@pytest.mark.parametrize("targets", ["attention", "all-linear"])
@pytest.mark.parametrize("kind", ["text", "tokens"])
@pytest.mark.parametrize("architecture", list(ATTENTION))
def test_twenty_steps_are_stock_peft_s(tiny_base: TinyBase, architecture: str, kind: str, targets: str) -> None:
    chosen = ATTENTION[architecture] if targets == "attention" else "all-linear"
    # A constant small rate: rounding must not be what twenty steps of AdamW amplify.
    plan: dict[str, Any] = {"learning_rate": 1e-4, "head_learning_rate": 1e-4, "epochs": 100, "max_grad_norm": 1e9}
    ours, stock = (make_ground(tiny_base(architecture), kind, targets=chosen, **plan) for _ in range(2))
    trainer = Trainer(ours.model, ours.data, ours.plan, ours.encoder.new_modules)
    assert trainer.path.is_packed and trainer.path.fused_layers
    optimizer = make_optimizer(stock.model, stock.plan, stock.encoder.new_modules)
    schedule = get_linear_schedule_with_warmup(
        optimizer,
        -(-trainer.total_steps // 10),
        trainer.total_steps,  # type: ignore[arg-type]
    )
    ours.model.train()
    stock.model.train()
    generator = torch.Generator().manual_seed(9)
    for _ in range(STEPS):
        rows = torch.randperm(len(ours.data.train), generator=generator)[:6].tolist()
        reading = trainer.step(rows)
        output: Any = stock.model(**collate(stock.data.train, rows, stock.data.pad_token_id))
        output.loss.backward()
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        trainer.result.steps += 1
        assert reading.mean_loss == pytest.approx(float(output.loss.detach()), rel=1e-5)
    learned, expected = trainable_state(ours.model), trainable_state(stock.model)
    moved = 0.0
    for name, tensor in expected.items():
        torch.testing.assert_close(learned[name], tensor, rtol=1e-3, atol=2e-6, msg=name)
        moved += float(tensor.detach().abs().sum())
    assert moved > 0
