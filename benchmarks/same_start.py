"""One seed of both engines from the same weights: tunecard's trainer, or stock Trainer on the same PEFT model."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import transformers
from ours import require_fast
from safetensors.torch import load_file, save_file
from shapes import in_batches
from stock_training import Rows, fit
from torch import nn

from tunecard.adapters import add_adapter, trainable_state
from tunecard.adapters.methods.recipes import read_recipe
from tunecard.encoders import load_encoder
from tunecard.inference import take_fast_path
from tunecard.inference.predicting import predict_split
from tunecard.pipeline.path import prepare
from tunecard.pipeline.plans import Plans
from tunecard.pipeline.preparing import PreparedRun
from tunecard.training import Trainer, TrainingPlan, start_head_from_probe

HEAD = "head.safetensors"


def save_head(folder: Path) -> dict[str, Any]:
    """Fits the head by a probe of the frozen base, for all seeds and sides: `folder/head.safetensors`."""
    prepared = _prepare(folder)
    task, seed = prepared.task, prepared.plans.seeds[0]
    encoder = load_encoder(prepared.base, task.auto_class, task.labels, task.problem_type, seed)
    model = encoder.model.requires_grad_(False)
    take_fast_path(model)
    began = time.perf_counter()
    probe = start_head_from_probe(model, prepared.training_data, encoder.new_modules, seed)
    if probe is None:
        raise SystemExit("the head of this base cannot start from a probe")
    learned = {
        name: tensor
        for name, tensor in model.state_dict().items()
        if any(part in encoder.new_modules for part in name.split("."))
    }
    save_file(learned, folder / HEAD)
    return {"seconds": time.perf_counter() - began, "validation_accuracy": probe.fitted.score}


def train(folder: Path, seed: int, *, is_stock: bool) -> dict[str, Any]:
    """Trains one side; its predictions of the test rows, and a digest of the weights that it started from."""
    prepared = _prepare(folder)
    model, head = _start(prepared, folder, seed)
    digest = _digest(model)
    plan, rows = prepared.plans.training(seed), len(prepared.encoded["train"])
    orders = [random.Random(f"{seed} {epoch}").sample(range(rows), rows) for epoch in range(plan.epochs)]
    seconds = (
        _train_stock(model, prepared, plan, orders) if is_stock else _train_ours(model, prepared, plan, orders, head)
    )
    predictions = _predict(prepared, folder, seed, trainable_state(model))
    gold = prepared.dataset.splits["test"].labels
    return {
        "seconds": seconds, "tokens": sum(prepared.encoded["train"].lengths) * plan.epochs, "start": digest,
        "predictions": predictions, "is_right": [a == b for a, b in zip(predictions, gold, strict=True)],
    }  # fmt: skip


def _prepare(folder: Path) -> PreparedRun:
    return prepare(Plans(read_recipe(folder / "recipe.yaml"), folder))


def _start(prepared: PreparedRun, folder: Path, seed: int) -> tuple[nn.Module, list[str]]:
    """A stock PEFT model with the common head and the LoRA of the seed, and the names of its head."""
    task = prepared.task
    encoder = load_encoder(prepared.base, task.auto_class, task.labels, task.problem_type, seed)
    encoder.model.load_state_dict(load_file(folder / HEAD), strict=False)
    adapter = prepared.plans.adapter(task, encoder.new_modules)
    model = add_adapter(encoder.model, adapter, seed)
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = adapter.settings["dropout"]
    return model, encoder.new_modules


def _train_ours(
    model: nn.Module, prepared: PreparedRun, plan: TrainingPlan, orders: Sequence[Sequence[int]], head: Sequence[str]
) -> float:
    """Seconds from the first step to the last one."""
    torch.manual_seed(plan.seed)
    trainer = Trainer(model, prepared.training_data, plan, head)
    require_fast(trainer.path)
    model.train()
    began = time.perf_counter()
    for order in orders:
        for batch in in_batches(order, plan.train_batch_size):
            trainer.step(batch)
            trainer.result.steps += 1
    return time.perf_counter() - began


def _train_stock(model: nn.Module, prepared: PreparedRun, plan: TrainingPlan, orders: Sequence[Sequence[int]]) -> float:
    """Seconds of `Trainer.train`."""
    return fit(
        model, Rows(prepared.encoded["train"]), transformers.DataCollatorWithPadding(prepared.encoder.tokenizer),
        orders=orders, num_train_epochs=plan.epochs, per_device_train_batch_size=plan.train_batch_size,
        learning_rate=plan.learning_rate, weight_decay=plan.weight_decay, warmup_steps=plan.warmup_ratio,
        lr_scheduler_type=plan.schedule, max_grad_norm=plan.max_grad_norm, bf16=plan.precision == "bf16-mixed",
        seed=plan.seed, use_cpu=True,
    )  # fmt: skip


def _predict(prepared: PreparedRun, folder: Path, seed: int, learned: dict[str, torch.Tensor]) -> list[str]:
    """What was learned, on a base loaded afresh: training in bf16 rounds the frozen weights of its own copy."""
    model, _ = _start(prepared, folder, seed)
    with torch.no_grad():
        for name, tensor in trainable_state(model).items():
            tensor.copy_(learned[name])
    take_fast_path(model)
    split, pad = prepared.dataset.splits["test"], int(prepared.encoder.tokenizer.pad_token_id)
    return list(predict_split(model, prepared.task, split, prepared.encoded["test"], pad).predictions)


def _digest(model: nn.Module) -> str:
    """A sha256 of all weights."""
    digest = hashlib.sha256()
    for name, tensor in model.state_dict().items():
        digest.update(name.encode() + tensor.numpy().tobytes())
    return digest.hexdigest()
