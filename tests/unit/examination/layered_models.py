"""Tiny models whose update acts in chosen layers only, and what probes ask of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from tiny_models import lora_plan
from tunecard.adapters import add_adapter
from tunecard.adapters.without_updates import updated_by_layer
from tunecard.encoders import BaseFiles, load_encoder
from tunecard.evidence import RunFolder
from tunecard.examination import Subject
from tunecard.inference import predict_split
from tunecard.rows.dataset import Split
from tunecard.rows.encoded import EncodedSplit
from tunecard.tasks.text_classification import TextClassification

TASK = TextClassification(("a", "b", "c"))
ROWS = 120


def rows_of(labels: list[Any]) -> Split:
    return Split("test", list(range(len(labels))), {"text": [""] * len(labels)}, labels, {}, "given", {})


def encoded(rows: Split) -> EncodedSplit:
    ids = [np.random.default_rng(row).integers(5, 250, 8).tolist() for row in rows.rows]
    return EncodedSplit(ids, None, None, [False] * len(ids))


def adapted(folder: Path, acting: tuple[int, ...]) -> Any:
    """A model whose update is nothing but in the layers named."""
    encoder = load_encoder(BaseFiles("anna/tiny", folder, None, False), TASK.auto_class, TASK.labels, None, 0)
    model: Any = add_adapter(encoder.model, lora_plan(encoder.new_modules, "SEQ_CLS"), seed=1).requires_grad_(False)
    torch.manual_seed(2)
    for layer, modules in updated_by_layer(model).items():
        for module in modules:
            if layer in acting:
                nn.init.normal_(module.lora_B["default"].weight, std=0.8)  # type: ignore[union-attr,index]
    return model.eval()


def subject_of(model: Any, folder: Path) -> Subject:
    """About rows whose labels are the answers, so that whatever changes an answer costs the score."""
    blank = rows_of([None] * ROWS)
    said = predict_split(model, TASK, blank, encoded(blank), 0)
    rows = rows_of(list(said.predictions))
    subject = Subject(RunFolder(folder), model, TASK, rows, None, encoded, 0)
    subject.folder.write_predictions(replace(said, labels=rows.labels, probabilities=None), "test")
    return subject
