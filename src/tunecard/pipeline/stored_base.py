"""What was saved on the base as it was stored while it learned: predicted too, so that both scores stand side by side.

What is shipped is an adapter for the base as published, and that is what every other figure is of.
"""

from __future__ import annotations

import torch
from torch import nn

from tunecard.adapters import load_adapter
from tunecard.adapters.fused.frozen_weight import Stored
from tunecard.counted import counted
from tunecard.encoders import load_encoder
from tunecard.inference import predict_split, take_fast_path
from tunecard.measurement import timed
from tunecard.pipeline.preparing import RunContext


def predict_on_stored_base(context: RunContext) -> None:
    """Writes the predictions of every scored split, named by how the base is stored; none where it is stored whole."""
    prepared, stored = context.prepared, context.plans.learns_on
    if stored == "full":
        return
    with timed("prediction"):
        model = _load(context, stored)
        for name, split in prepared.scored.items():
            rows = prepared.encoded[name]
            predictions = predict_split(model, prepared.task, split, rows, prepared.pad_token_id)
            context.folder.write_predictions(predictions, name, stored)


def _load(context: RunContext, stored: Stored) -> nn.Module:
    task, base = context.prepared.task, context.prepared.base
    with counted(f"Loading what was saved on a base in {stored}"):
        encoder = load_encoder(base, task.auto_class, task.labels, task.problem_type, seed=0)
        model = load_adapter(encoder.model, context.folder).requires_grad_(False)
    # In fp32, as all scores are; float8 has its sums in bf16.
    take_fast_path(model, torch.bfloat16 if stored == "float8" else torch.float32, stored)
    return model
