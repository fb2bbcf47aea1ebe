"""What a start reads of rows with several sequences: each sequence once, and the loss that stock transformers gives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tiny_models import lora_plan
from tunecard.adapters import add_adapter
from tunecard.encoders import Encoder, load_encoder, locate_base
from tunecard.rows.encoded import EncodedSplit
from tunecard.tasks.multiple_choice import MultipleChoice
from tunecard.training import TrainingData
from tunecard.training.start_rows import ROWS_A_BATCH, sample_start_rows

TinyBase = Callable[[str], Path]
PAD, CHOICES, LENGTH = 1, 3, 7
GIVEN: dict[str, dict[str, Any]] = {
    "eva": {"rho": 1.0}, "corda": {"mode": "ipm"}, "lora-ga": {"start_scale": "stable"},
}  # fmt: skip
TASK = MultipleChoice(("A", "B", "C"))


def questions(rows: int) -> TrainingData:
    """Rows of three choices, all of one length, so that stock code needs no padding."""
    dice = np.random.default_rng(4)
    ids = dice.integers(5, 300, (rows, CHOICES * LENGTH)).tolist()
    labels = dice.integers(0, CHOICES, rows).tolist()
    pieces = [[LENGTH] * CHOICES] * rows
    split = EncodedSplit(ids, None, labels, [False] * rows, lost_words=[0] * rows, pieces=pieces)
    return TrainingData(TASK, split, split, labels, PAD)


def encoder_of(base: Path) -> Encoder:
    return load_encoder(locate_base(str(base)), TASK.auto_class, TASK.labels, None, 2)


def test_each_choice_is_read_once_and_each_batch_has_the_loss_of_stock_transformers(tiny_base: TinyBase) -> None:
    data, model = questions(ROWS_A_BATCH + 4), encoder_of(tiny_base("roberta")).model
    rows = sample_start_rows(data, 3, "cpu")
    assert [len(batch["input_ids"]) for batch in rows.batches] == [ROWS_A_BATCH * CHOICES, 4 * CHOICES]
    assert "labels" not in rows.batches[0] and len(list(rows.one_by_one())) == len(data.train) * CHOICES
    answers = {tuple(ids): label for ids, label in zip(data.train.input_ids, data.train.label_ids or [], strict=True)}
    with torch.no_grad():
        for batch, loss in zip(rows.batches, rows.losses(model), strict=True):
            ids = batch["input_ids"].reshape(-1, CHOICES, LENGTH)
            labels = torch.tensor([answers[tuple(row.reshape(-1).tolist())] for row in ids])
            assert torch.allclose(loss, model(input_ids=ids, labels=labels).loss, atol=1e-6)


@pytest.mark.parametrize("method", GIVEN)
def test_a_start_from_rows_of_several_sequences_is_none_that_chance_draws(tiny_base: TinyBase, method: str) -> None:
    begun = []
    for seed in (1, 2):
        encoder = encoder_of(tiny_base("roberta"))
        plan = lora_plan(encoder.new_modules, TASK.peft_task_type, method=method, **GIVEN[method])
        model = add_adapter(encoder.model, plan, seed, sample_start_rows(questions(8), 3, "cpu"))
        begun.append({name: p.detach().abs() for name, p in model.named_parameters() if "lora_A" in name})
    assert len(begun[0]) == 12
    assert all(torch.allclose(begun[0][name], begun[1][name], atol=1e-4) for name in begun[0])
