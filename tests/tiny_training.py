"""A ground to train on: a tiny base with a head, rows whose labels follow from their words, and a plan."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from tiny_models import CORPUS, lora_plan
from tunecard.adapters import add_adapter, trainable_state
from tunecard.encoders import BaseFiles, Encoder, load_encoder
from tunecard.inference.token_cache import encode_split
from tunecard.rows.dataset import Split
from tunecard.rows.encoded import EncodedSplit
from tunecard.tasks import Task
from tunecard.tasks.text_classification import TextClassification
from tunecard.tasks.token_classification import TokenClassification
from tunecard.training import TrainingData, TrainingPlan

WORDS = sorted({word for text in CORPUS for word in text.split()})
NAMES = ("no", "yes", "maybe")
TAGS = ("O", "B-X", "I-X")
MAX_LENGTH = 24

PLAN = TrainingPlan(
    epochs=3, learning_rate=2e-3, head_learning_rate=5e-3, train_batch_size=4, precision="fp32", seed=3,
    weight_decay=0.01, warmup_ratio=0.1, schedule="linear", gradient_accumulation_steps=1, max_grad_norm=1.0,
    best_metric="accuracy", early_stopping=False, class_weights="none",
)  # fmt: skip


@dataclass
class Ground:
    """A model that is ready to learn, and what from."""

    encoder: Encoder
    model: nn.Module
    data: TrainingData
    plan: TrainingPlan

    def state(self) -> dict[str, torch.Tensor]:
        """A copy of every trainable tensor."""
        return {name: tensor.detach().clone() for name, tensor in trainable_state(self.model).items()}


def make_ground(
    base: Path,
    kind: str = "text",
    *,
    method: str = "lora",
    dropout: float = 0.0,
    targets: Any = "auto",
    stored: torch.dtype = torch.float32,
    **plan: Any,
) -> Ground:
    """Everything `train` needs.

    Args:
        kind: "text" or "tokens".
        dropout: of the adapter and of the base.
        targets: which layers the adapter updates.
        stored: what linear layers inside blocks are stored in.
        plan: changes to PLAN.
    """
    task: Task = TextClassification(NAMES) if kind == "text" else TokenClassification(TAGS)
    settings = replace(PLAN, **{"best_metric": task.best_metrics[0], **plan})
    encoder = load_encoder(  # the head is drawn by the seed, as in the pipeline
        BaseFiles("anna/tiny", base, None, False), task.auto_class, task.labels, task.problem_type, settings.seed, stored
    )  # fmt: skip
    for module in encoder.model.modules():
        if isinstance(module, nn.Dropout):
            module.p = dropout
    plan = lora_plan(encoder.new_modules, task.peft_task_type, method=method, dropout=dropout, target_modules=targets)
    model = add_adapter(encoder.model, plan, settings.seed)
    return Ground(encoder, model, make_data(encoder, task), settings)


def make_data(encoder: Encoder, task: Task, train_rows: int = 22, validation_rows: int = 9) -> TrainingData:
    """Rows of unequal length; what a word or a row is called follows from its letters."""
    splits = [make_split(task, "train", train_rows, 1), make_split(task, "validation", validation_rows, 2)]
    train, validation = (encode_split(task, encoder.tokenizer, split, MAX_LENGTH) for split in splits)
    return TrainingData(task, train, validation, splits[1].labels, int(encoder.tokenizer.pad_token_id))  # type: ignore[arg-type]


def make_split(task: Task, name: str, rows: int, seed: int) -> Split:
    """`rows` rows of random words."""
    dice = random.Random(seed)
    words = [[dice.choice(WORDS) for _ in range(dice.randint(1, 8))] for _ in range(rows)]
    if task.name == "text-classification":
        inputs: dict[str, list[Any]] = {"text": [" ".join(row) for row in words]}
        labels: list[Any] = [task.labels[len(row[0]) % len(task.labels)] for row in words]
    else:
        inputs = {"tokens": words}
        labels = [[task.labels[len(word) % 2] for word in row] for row in words]
    return Split(name, list(range(rows)), inputs, labels, {}, "given", {})


def rows_of(split: EncodedSplit) -> list[int]:
    return list(range(len(split)))


def equal_states(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    """Whether two states are the same to the last bit."""
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)
