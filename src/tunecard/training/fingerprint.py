"""What a checkpoint must share with the run that goes on from it: plan, rows, labels, base and adapter."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from torch import nn

from tunecard.training.plan import TrainingData, TrainingPlan

SAMPLED_VALUES = 64


def fingerprint(model: nn.Module, plan: TrainingPlan, data: TrainingData) -> str:
    """A sha256 over everything that decides the course of a training."""
    digest = hashlib.sha256()
    content = [
        asdict(plan), data.train.input_ids, data.train.type_ids, data.train.label_ids, data.validation.input_ids,
        data.validation.label_ids, data.task.labels, list(_adapter_settings(model)),
    ]  # fmt: skip
    if data.train.pieces is not None:
        content.append([data.train.pieces, data.validation.pieces])
    digest.update(json.dumps(content, default=str).encode())
    for name, parameter in model.named_parameters():
        digest.update(f"{name} {tuple(parameter.shape)} {parameter.requires_grad}".encode())
        if not parameter.requires_grad:
            # Another base of the same shape differs everywhere: a few values of each tensor tell it, in no time.
            digest.update(parameter.detach().flatten()[:SAMPLED_VALUES].float().cpu().numpy().tobytes())
    return digest.hexdigest()


def _adapter_settings(model: nn.Module) -> Iterator[dict[str, Any]]:
    """Rank, alpha, dropout and the like, which no shape tells; without where the base was read from."""
    for config in getattr(model, "peft_config", {}).values():
        settings = config.to_dict()
        settings.pop("base_model_name_or_path", None)
        yield {key: sorted(value) if isinstance(value, set) else value for key, value in sorted(settings.items())}
